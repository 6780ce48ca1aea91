package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Slows guessing. 5 failures within 60 s lock that name from that address for 300 s, so that the
/// owner of the name can still log in from elsewhere; 30 failures within 60 s, whatever the names,
/// lock the address for 300 s. An attempt counts as failed from its start on and until it succeeds,
/// or guesses made at once would all pass before the first has failed; attempts while locked do not
/// count. In memory, the 20,000 records used last. Shared; the lock is this object.
final class LoginGuard {
  private static final int FAILURES_OF_NAME = 5;
  private static final int FAILURES_OF_ADDRESS = 30;
  private static final Duration WINDOW = Duration.ofSeconds(60);
  private static final Duration LOCK = Duration.ofSeconds(300);
  private static final int MAX_RECORDS = 20_000;

  private record Key(String username, String address) {}

  /// Why an attempt may not be made.
  ///
  /// @param locked what is locked: `name` or `address`
  /// @param first whether this lock refuses for the first time
  record Refusal(String locked, Duration pause, boolean first) {}

  private static final class Failures {
    private final String what;
    private final int most;
    private final Deque<Instant> failures = new ArrayDeque<>();
    private Instant lockedUntil = Instant.MIN;
    private boolean hasRefused;

    private Failures(String what, int most) {
      this.what = what;
      this.most = most;
    }

    private Optional<Refusal> refusal(Instant now) {
      if (!now.isBefore(lockedUntil)) {
        return Optional.empty();
      }
      Refusal refusal = new Refusal(what, Duration.between(now, lockedUntil), !hasRefused);
      hasRefused = true;
      return Optional.of(refusal);
    }

    private void add(Instant now) {
      failures.addLast(now);
      while (failures.getFirst().isBefore(now.minus(WINDOW))) {
        failures.removeFirst();
      }
      if (failures.size() >= most) {
        lockedUntil = now.plus(LOCK);
        hasRefused = false;
        failures.clear();
      }
    }
  }

  private static final class Records<K> extends LinkedHashMap<K, Failures> {
    private static final long serialVersionUID = 1L;

    private Records() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, Failures> eldest) {
      return size() > MAX_RECORDS;
    }
  }

  private final Map<Key, Failures> names = new Records<>();
  private final Map<String, Failures> addresses = new Records<>();

  /// Begins an attempt. Empty when the caller may try.
  ///
  /// @param address where from: an address, or what one site has for it
  synchronized Optional<Refusal> attempt(String username, String address, Instant now) {
    Failures ofAddress =
        addresses.computeIfAbsent(address, key -> new Failures("address", FAILURES_OF_ADDRESS));
    Failures ofName =
        names.computeIfAbsent(
            new Key(username, address), key -> new Failures("name", FAILURES_OF_NAME));
    Optional<Refusal> refusal = ofAddress.refusal(now).or(() -> ofName.refusal(now));
    if (refusal.isEmpty()) {
      ofAddress.add(now);
      ofName.add(now);
    }
    return refusal;
  }

  synchronized void succeeded(String username, String address) {
    names.remove(new Key(username, address));
    Failures ofAddress = addresses.get(address);
    if (ofAddress != null) {
      ofAddress.failures.pollLast();
    }
  }

  synchronized int size() {
    return names.size() + addresses.size();
  }
}
