package muster.agent.link;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.log.Log;

/// The order of what is sent on one connection, and the thread that sends it. Urgent frames
/// (heartbeats, answers) overtake everything; bulk (output and results) is not queued here but
/// asked for, one frame at a time, when the socket has taken the one before. So output waits on
/// disk, and an urgent frame waits for one chunk at most. Thread-safe.
final class Outbox implements Runnable {
  /// More than any server that is in its right mind can have open.
  static final int MOST_URGENT = 1024;

  /// Takes a frame, blocking until the socket took it.
  interface Sender {
    void send(String frame) throws IOException, InterruptedException;
  }

  private final Deque<String> urgent = new ArrayDeque<>();
  private final Supplier<Optional<String>> bulk;
  private final Sender sender;
  private final Consumer<String> failed;
  private boolean mayBeMore;
  private boolean closed;

  /// @param bulk the next frame of bulk, empty when there is none now; called by the sending thread
  /// @param failed hears once why sending ended
  Outbox(Supplier<Optional<String>> bulk, Sender sender, Consumer<String> failed) {
    this.bulk = bulk;
    this.sender = sender;
    this.failed = failed;
  }

  /// @throws IllegalStateException when the server does not take what it asks for
  synchronized void urgent(String frame) {
    if (urgent.size() >= MOST_URGENT) {
      throw new IllegalStateException("too many answers are waiting");
    }
    urgent.add(frame);
    notifyAll();
  }

  /// There may be bulk to send now.
  synchronized void wake() {
    mayBeMore = true;
    notifyAll();
  }

  /// Ends [#run] after the urgent frames that are waiting.
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  @Override
  public void run() {
    try {
      for (Optional<String> frame = next(); frame.isPresent(); frame = next()) {
        sender.send(frame.get());
      }
    } catch (IOException e) {
      failed.accept("cannot send: " + Log.reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The next frame in order, waiting for one; empty when closed.
  private Optional<String> next() throws InterruptedException {
    while (true) {
      synchronized (this) {
        while (urgent.isEmpty() && !mayBeMore && !closed) {
          wait();
        }
        if (!urgent.isEmpty()) {
          return Optional.of(urgent.remove());
        }
        if (closed) {
          return Optional.empty();
        }
        mayBeMore = false;
      }
      // Not under the lock: this reads from disk.
      Optional<String> frame = bulk.get();
      if (frame.isPresent()) {
        wake();
        return frame;
      }
    }
  }
}
