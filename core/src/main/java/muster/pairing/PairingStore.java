package muster.pairing;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where pairing codes are kept, and how often the server was shown a wrong one. Writes happen
/// inside a write transaction.
public interface PairingStore {
  void insert(PairingCode code);

  Optional<PairingCode> find(String id);

  /// Those that are not void and end after `now` if unused, or were used after `usedAfter`; oldest
  /// first.
  List<PairingCode> claimable(Instant now, Instant usedAfter);

  /// Stores that the code was used; called inside the transaction that found it open.
  void markUsed(PairingCode code);

  /// Makes void what is not yet.
  void markVoid(List<PairingCode> codes, Instant at);

  boolean delete(String id);

  /// Removes what expired before `before`; returns how many.
  int deleteExpired(Instant before);

  /// How many wrong codes there have been.
  long failures();

  /// One more; returns how many there have been.
  long countFailure();
}
