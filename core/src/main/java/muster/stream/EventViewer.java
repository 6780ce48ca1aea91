package muster.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import muster.event.EventStore;
import muster.id.DeviceId;

/// One who watches what happens to devices. [#run] once, on the thread of the request; the rest by
/// any. To one that is slow, of each device's heartbeats only the latest is told, and nothing else
/// is left out: when too much waits, it ends, and may go on behind the last event that it was told.
public final class EventViewer {
  private static final int MOST_WAITING = 10_000;
  private static final long LOOK_MILLIS = 1_000;
  private static final long LOOK_NANOS = Duration.ofMillis(LOOK_MILLIS).toNanos();
  private static final long IDLE_NANOS = Duration.ofSeconds(15).toNanos();

  /// What the viewer may see.
  interface Right {
    /// Why nothing any more.
    Optional<String> lost();

    boolean sees(Happening happening);
  }

  /// What has happened already.
  interface Past {
    EventStore.Kept kept();

    /// What happened behind that event, oldest first.
    Part after(long id);

    /// @param last the last event that was looked at; all have been when it is the one behind which
    ///   they were asked for
    record Part(List<Happening> happenings, long last) {}
  }

  /// Why a viewer is told no more.
  public enum Why {
    /// It may not see anything any more.
    NO_RIGHT,
    /// More waits than is held for it.
    TOO_SLOW,
    /// It has been told that it is over: the server stops, or it watches something else now.
    STOPPED
  }

  /// How it ended.
  ///
  /// @param text for people
  public record End(Why why, String text) {}

  private final Set<Happening.Kind> kinds;
  private final Optional<Long> after;
  private final Past past;
  private final Right right;
  private final Consumer<EventViewer> left;
  private final Deque<Happening> waiting = new ArrayDeque<>();
  private final Map<DeviceId, Happening> heartbeats = new LinkedHashMap<>();
  private Optional<End> end = Optional.empty();

  /// The last event of the past that it was told; only [#run] touches it.
  private long told;

  /// @param after the event behind which it goes on; empty = from now on
  /// @param left called when it watches no more, perhaps twice
  EventViewer(
      Set<Happening.Kind> kinds,
      Optional<Long> after,
      Past past,
      Right right,
      Consumer<EventViewer> left) {
    this.kinds = Set.copyOf(kinds);
    this.after = after;
    this.past = past;
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
      end(new End(Why.TOO_SLOW, "too slow: more than %d events wait".formatted(MOST_WAITING)));
    }
    notifyAll();
  }

  /// It is over; the first reason counts.
  public void stop(String why) {
    end(new End(Why.STOPPED, why));
  }

  private synchronized void end(End why) {
    if (end.isEmpty()) {
      end = Optional.of(why);
    }
    notifyAll();
  }

  /// Tells what happens until the viewer has left.
  ///
  /// @param follows false for what has happened already
  /// @return why it ended otherwise
  public Optional<End> run(boolean follows, EventOutlet out) throws InterruptedException {
    try {
      out.onLeave(() -> left.accept(this));
      if (after.isPresent()) {
        Optional<End> early = tellPast(after.get(), out);
        if (early.isPresent()) {
          return early;
        }
      }
      return follows ? tellPresent(out) : Optional.empty();
    } finally {
      left.accept(this);
    }
  }

  private Optional<End> tellPresent(EventOutlet out) throws InterruptedException {
    long nextLook = System.nanoTime() + LOOK_NANOS;
    long said = System.nanoTime();
    while (out.isOpen()) {
      Optional<Happening> next = next();
      if (next.isEmpty() && ended().isPresent()) {
        return ended();
      }
      if (System.nanoTime() - nextLook >= 0) {
        Optional<End> lost = lost();
        if (lost.isPresent()) {
          return lost;
        }
        nextLook = System.nanoTime() + LOOK_NANOS;
      }
      // What happened while the past was told may have been told with it.
      Optional<Happening> news =
          next.filter(happening -> happening.id() == 0 || happening.id() > told)
              .filter(right::sees);
      news.ifPresent(out::happened);
      if (news.isPresent()) {
        said = System.nanoTime();
      } else if (System.nanoTime() - said >= IDLE_NANOS) {
        out.idle();
        said = System.nanoTime();
      }
    }
    return Optional.empty();
  }

  private Optional<End> tellPast(long from, EventOutlet out) {
    EventStore.Kept kept = past.kept();
    told = from;
    if (from < kept.first() - 1 || from > kept.last()) {
      told = from > kept.last() ? kept.last() : kept.first() - 1;
      out.missed(from, told);
    }
    while (out.isOpen()) {
      Optional<End> over = ended().or(this::lost);
      if (over.isPresent()) {
        return over;
      }
      Past.Part part = past.after(told);
      if (part.last() == told) {
        break;
      }
      part.happenings().stream()
          .filter(happening -> kinds.contains(happening.kind()))
          .filter(right::sees)
          .forEach(out::happened);
      told = part.last();
    }
    return Optional.empty();
  }

  private Optional<End> lost() {
    return right.lost().map(why -> new End(Why.NO_RIGHT, why));
  }

  private synchronized Optional<End> ended() {
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
