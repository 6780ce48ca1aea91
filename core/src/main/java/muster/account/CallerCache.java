package muster.account;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import muster.auth.Caller;

/// Verified credentials in memory, so that a request costs one hash and no read. Shared; the lock
/// is this object, held for map operations only.
///
/// [#clear()] is called after every change of a right. A look-up that was under way meanwhile must
/// not put back what it read before: it passes the generation it started in.
final class CallerCache {
  private static final int MAX_ENTRIES = 20_000;

  record Entry(String hash, Caller caller, Optional<Instant> expiresAt) {}

  private final Map<String, Entry> entries = new HashMap<>();
  private long generation;

  synchronized Optional<Entry> get(String credentialId) {
    return Optional.ofNullable(entries.get(credentialId));
  }

  synchronized long generation() {
    return generation;
  }

  synchronized void put(String credentialId, Entry entry, long startedIn) {
    if (startedIn != generation) {
      return;
    }
    if (entries.size() >= MAX_ENTRIES) {
      entries.clear();
    }
    entries.put(credentialId, entry);
  }

  synchronized void clear() {
    generation++;
    entries.clear();
  }
}
