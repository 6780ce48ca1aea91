package muster.pairing;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Slows an address that shows wrong codes: 5 within a minute, then it waits. A try counts as wrong
/// from its start on and until it is known not to be, or tries made at once would all pass before
/// the first was wrong. In memory, the 20,000 addresses used last. Shared; the lock is this object.
final class Guesses {
  private static final int A_MINUTE = 5;
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final int MAX_ADDRESSES = 20_000;

  private final Map<String, Deque<Instant>> tries =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Instant>> eldest) {
          return size() > MAX_ADDRESSES;
        }
      };

  /// Begins a try. How long the address has still to wait; empty when it may try.
  synchronized Optional<Duration> begin(String address, Instant now) {
    Deque<Instant> recent = tries.computeIfAbsent(address, key -> new ArrayDeque<>());
    // What lies in the future was counted before the clock was set back.
    recent.removeIf(at -> at.isAfter(now) || !now.isBefore(at.plus(WINDOW)));
    if (recent.size() >= A_MINUTE) {
      return Optional.of(Duration.between(now, recent.getFirst().plus(WINDOW)));
    }
    recent.addLast(now);
    return Optional.empty();
  }

  /// The try begun last was no wrong guess.
  synchronized void takeBack(String address) {
    Deque<Instant> recent = tries.get(address);
    if (recent != null) {
      recent.pollLast();
    }
  }
}
