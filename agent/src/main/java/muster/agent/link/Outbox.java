package muster.agent.link;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;

/// The order of what is sent on one connection. Urgent frames (heartbeats, answers) overtake
/// everything; bulk (output and results) is not queued here but asked for, one frame at a time,
/// when the socket has taken the one before. So output waits on disk, and an urgent frame waits for
/// one chunk at most. Thread-safe.
public final class Outbox {
  /// More than any server that is in its right mind can have open.
  static final int MOST_URGENT = 1024;

  private final Deque<String> urgent = new ArrayDeque<>();
  private final Supplier<Optional<String>> bulk;
  private boolean mayBeMore;
  private boolean closed;

  /// @param bulk the next frame of bulk, empty when there is none now; called by who takes frames
  Outbox(Supplier<Optional<String>> bulk) {
    this.bulk = bulk;
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

  /// Ends [#next] after the urgent frames that are waiting.
  synchronized void close() {
    closed = true;
    notifyAll();
  }

  /// The next frame in order, waiting for one; empty when closed.
  Optional<String> next() throws InterruptedException {
    while (true) {
      synchronized (this) {
        while (urgent.isEmpty() && !mayBeMore && !closed) {
          wait();
        }
        if (urgent.isEmpty() && closed) {
          return Optional.empty();
        }
      }
      Optional<String> frame = poll();
      if (frame.isPresent()) {
        return frame;
      }
    }
  }

  /// The next frame in order; empty when there is none now.
  public Optional<String> poll() {
    synchronized (this) {
      if (!urgent.isEmpty()) {
        return Optional.of(urgent.remove());
      }
      if (!mayBeMore || closed) {
        return Optional.empty();
      }
      mayBeMore = false;
    }
    // Not under the lock: this reads from disk.
    Optional<String> frame = bulk.get();
    if (frame.isPresent()) {
      wake();
    }
    return frame;
  }
}
