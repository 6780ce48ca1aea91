package muster.agent.logs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.agent.log.Log;
import muster.wire.LogsFollow;
import muster.wire.RpcError;

/// The logs that one connection's server follows. Thread-safe; the lock is this object.
public final class Followers {
  /// At once, of a connection.
  private static final int MOST = 16;

  /// Those included that nobody wants any more and that hang in a file system.
  private static final int MOST_THREADS = 64;

  private final LogSources sources;
  private final Runnable ready;
  private final Log log;

  /// Those that run, by their ids, in the order of their turns.
  private final Map<String, Follower> running = new LinkedHashMap<>();

  private int threads;
  private boolean closed;

  /// Hears once what became of an order, on a thread of this class or the caller's.
  public interface Answer {
    void accepted();

    void refused(RpcError why);
  }

  /// @param ready hears that [#next] has something
  public Followers(LogSources sources, Runnable ready, Log log) {
    this.sources = sources;
    this.ready = ready;
    this.log = log;
  }

  public void follow(LogsFollow order, Answer answer) {
    Follower follower = new Follower(order, sources, answer, ready, log);
    Optional<RpcError> refusal = added(order.followId(), follower);
    if (refusal.isPresent()) {
      answer.refused(refusal.get());
      return;
    }
    Thread thread = new Thread(() -> run(order.followId(), follower), "log");
    thread.setDaemon(true);
    thread.start();
  }

  private synchronized Optional<RpcError> added(String id, Follower follower) {
    if (running.size() >= MOST || threads >= MOST_THREADS) {
      return Optional.of(
          new RpcError(
              RpcError.BUSY, "too many logs are followed (expected: at most " + MOST + ")"));
    }
    if (closed || running.putIfAbsent(id, follower) != null) {
      return Optional.of(
          new RpcError(RpcError.INVALID_PARAMS, "follow_id: " + id + " (expected: another one)"));
    }
    threads++;
    return Optional.empty();
  }

  private void run(String id, Follower follower) {
    try {
      follower.run();
    } finally {
      synchronized (this) {
        threads--;
        running.remove(id, follower);
      }
    }
  }

  /// What was asked for by that id ends; nothing when it has ended.
  public void stop(String id) {
    Optional<Follower> found;
    synchronized (this) {
      found = Optional.ofNullable(running.remove(id));
    }
    found.ifPresent(Follower::stop);
  }

  /// The next frame, the logs taking turns; empty when none is ready.
  public Optional<String> next() {
    for (Follower follower : all()) {
      Optional<String> frame = follower.take();
      if (frame.isPresent()) {
        lastTurn(follower);
        return frame;
      }
    }
    return Optional.empty();
  }

  private synchronized List<Follower> all() {
    return new ArrayList<>(running.values());
  }

  private synchronized void lastTurn(Follower follower) {
    running.entrySet().stream()
        .filter(entry -> entry.getValue() == follower)
        .findFirst()
        .ifPresent(entry -> {
          String id = entry.getKey();
          running.remove(id);
          running.put(id, follower);
        });
  }

  /// Ends all; the connection is gone.
  public void close() {
    synchronized (this) {
      closed = true;
    }
    all().forEach(Follower::stop);
  }
}
