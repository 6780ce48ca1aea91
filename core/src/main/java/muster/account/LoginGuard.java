package muster.account;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Slows guessing: 5 failures within 60 s lock that name from that address for 300 s, so that the
/// owner of the name can still log in from elsewhere. An attempt counts as failed from its start on
/// and until it succeeds, or guesses made at once would all pass before the first has failed. In
/// memory. Shared; the lock is this object.
final class LoginGuard {
  private static final int MAX_FAILURES = 5;
  private static final Duration WINDOW = Duration.ofSeconds(60);
  private static final Duration LOCK = Duration.ofSeconds(300);
  private static final int MAX_ENTRIES = 10_000;

  private record Key(String username, String address) {}

  private static final class Record {
    private final Deque<Instant> failures = new ArrayDeque<>();
    private Instant lockedUntil = Instant.MIN;
  }

  private final Map<Key, Record> records = new HashMap<>();

  /// Begins an attempt. How long the caller has still to wait; empty when it may try.
  synchronized Optional<Duration> attempt(String username, String address, Instant now) {
    if (records.size() >= MAX_ENTRIES) {
      records.values().removeIf(record -> isIdle(record, now));
    }
    Record record = records.computeIfAbsent(new Key(username, address), key -> new Record());
    if (now.isBefore(record.lockedUntil)) {
      return Optional.of(Duration.between(now, record.lockedUntil));
    }
    record.failures.addLast(now);
    while (record.failures.getFirst().isBefore(now.minus(WINDOW))) {
      record.failures.removeFirst();
    }
    if (record.failures.size() >= MAX_FAILURES) {
      record.lockedUntil = now.plus(LOCK);
      record.failures.clear();
    }
    return Optional.empty();
  }

  synchronized void succeeded(String username, String address) {
    records.remove(new Key(username, address));
  }

  private static boolean isIdle(Record record, Instant now) {
    return !now.isBefore(record.lockedUntil)
        && (record.failures.isEmpty() || record.failures.getLast().isBefore(now.minus(WINDOW)));
  }
}
