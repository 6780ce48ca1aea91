package muster.transfer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.id.DeviceId;
import muster.id.TransferId;

/// Where transfers are kept, without their contents. Writes happen inside a write transaction.
public interface TransferStore {
  void insert(Transfer transfer);

  /// Stores status, size, progress, checksum, error and end.
  void update(Transfer transfer);

  Optional<Transfer> find(TransferId id);

  /// Of a device in one of these states, newest first: `limit` of them behind the first `offset`.
  List<Transfer> of(DeviceId device, Set<TransferStatus> statuses, int offset, int limit);

  /// How many of a device are in one of these states.
  long count(DeviceId device, Set<TransferStatus> statuses);

  /// Of a device, oldest first.
  List<Transfer> unfinished(DeviceId device);

  /// Of all devices, oldest first.
  List<Transfer> running();

  /// Unfinished and past their time, at most `limit`.
  List<Transfer> due(Instant now, int limit);

  /// Removes all of a device.
  void deleteOf(DeviceId device);

  /// Removes those that ended before `before`; returns how many.
  int deleteEnded(Instant before, int limit);
}
