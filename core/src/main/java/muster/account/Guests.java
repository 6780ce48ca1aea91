package muster.account;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import muster.auth.Caller;

/// Who came with an external issuer's token, as they came last; forgotten when the server stops.
/// Shared; the lock is this object, held for map operations only.
final class Guests {
  private static final int MAX_ENTRIES = 10_000;

  private final LinkedHashMap<String, Caller> guests = new LinkedHashMap<>();

  synchronized Caller seen(Caller guest) {
    String id = guest.principalId();
    guests.remove(id);
    if (guests.size() >= MAX_ENTRIES) {
      guests.pollFirstEntry();
    }
    guests.put(id, guest);
    return guest;
  }

  /// Empty when the token of that time has ended.
  synchronized Optional<Caller> find(String principalId, Instant now) {
    return Optional.ofNullable(guests.get(principalId)).filter(guest -> !guest.isOver(now));
  }
}
