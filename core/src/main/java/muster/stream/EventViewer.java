package muster.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import muster.id.DeviceId;

/// One who watches what happens to devices. [#run] once, on the thread of the request; the rest by
/// any. To one that is slow, of each device's heartbeats only the latest is told, and nothing else
/// is left out: when too much waits, it ends.
public final class EventViewer {
  private static final int MOST_WAITING = 10_000;
  private static final long LOOK_MILLIS = 1_000;
  private static final long LOOK_NANOS = Duration.ofMillis(LOOK_MILLIS).toNanos();

  /// What the viewer may see.
  interface Right {
    /// Why nothing any more.
    Optional<String> lost();

    boolean sees(Happening happening);
  }

  private final Set<Happening.Kind> kinds;
  private final Right right;
  private final Consumer<EventViewer> left;
  private final Deque<Happening> waiting = new ArrayDeque<>();
  private final Map<DeviceId, Happening> heartbeats = new LinkedHashMap<>();
  private Optional<String> end = Optional.empty();

  /// @param left called when it watches no more, perhaps twice
  EventViewer(Set<Happening.Kind> kinds, Right right, Consumer<EventViewer> left) {
    this.kinds = Set.copyOf(kinds);
    this.right = right;
    this.left = left;
  }

  synchronized void tell(Happening happening) {
    if (!kinds.contains(happening.kind())) {
      return;
    }
    if (happening.kind() == Happening.Kind.HEARTBEAT) {
      heartbeats.put(happening.device(), happening);
    } else if (waiting.size() < MOST_WAITING) {
      waiting.add(happening);
    } else {
      end("too slow: more than %d events wait".formatted(MOST_WAITING));
    }
    notifyAll();
  }

  /// Ends it; the first reason counts.
  synchronized void end(String why) {
    if (end.isEmpty()) {
      end = Optional.of(why);
    }
    notifyAll();
  }

  /// Tells what happens until the viewer has left.
  ///
  /// @return why it ended otherwise: its right is gone, it was too slow, or the server stops
  public Optional<String> run(EventOutlet out) throws InterruptedException {
    try {
      out.onLeave(() -> left.accept(this));
      long nextLook = System.nanoTime() + LOOK_NANOS;
      while (out.isOpen()) {
        Optional<Happening> next = next();
        if (next.isEmpty() && ended().isPresent()) {
          return ended();
        }
        if (System.nanoTime() - nextLook >= 0) {
          Optional<String> lost = right.lost();
          if (lost.isPresent()) {
            return lost;
          }
          nextLook = System.nanoTime() + LOOK_NANOS;
        }
        next.filter(right::sees).ifPresent(out::happened);
      }
      return Optional.empty();
    } finally {
      left.accept(this);
    }
  }

  private synchronized Optional<String> ended() {
    return end;
  }

  private synchronized Optional<Happening> next() throws InterruptedException {
    if (waiting.isEmpty() && heartbeats.isEmpty() && end.isEmpty()) {
      wait(LOOK_MILLIS);
    }
    if (!waiting.isEmpty()) {
      return Optional.of(waiting.poll());
    }
    Iterator<Happening> latest = heartbeats.values().iterator();
    if (end.isPresent() || !latest.hasNext()) {
      return Optional.empty();
    }
    Happening heartbeat = latest.next();
    latest.remove();
    return Optional.of(heartbeat);
  }
}
