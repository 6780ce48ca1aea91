package muster.transfer;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import muster.blob.Checksum;
import muster.id.DeviceId;
import muster.id.TransferId;

/// One file on its way.
///
/// @param path on the device
/// @param mode of the file as octal digits; absent = that of the file that is replaced, or 0644
/// @param requestedBy the principal, for people
/// @param requesterId the principal's lasting id, by which its right is looked up again
/// @param expiresAt when it is given up
/// @param size of the file; absent until the device has said it
/// @param bytesDone how much the device has taken or given, when it was last stored
/// @param checksum of the whole; absent until it is known
/// @param error why it failed or was cancelled
public record Transfer(
    TransferId id,
    DeviceId device,
    Direction direction,
    String path,
    Optional<String> mode,
    String requestedBy,
    String requesterId,
    Instant createdAt,
    Instant expiresAt,
    TransferStatus status,
    Optional<Long> size,
    long bytesDone,
    Optional<Checksum> checksum,
    Optional<String> error,
    Optional<Instant> finishedAt) {

  /// As seen from here.
  public enum Direction {
    /// To the device.
    UPLOAD,
    /// From the device.
    DOWNLOAD;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public boolean isUpload() {
    return direction == Direction.UPLOAD;
  }

  /// @throws muster.fault.Fault when it has failed or was cancelled: NOT_FOUND when there was no
  ///   such file, PERMISSION_DENIED when the device would not, INVALID_ARGUMENT for what is no
  ///   file, FAILED_PRECONDITION with reason `no_space` when the device had no room, else with
  ///   reason `transfer_failed`
  public void requireNotFailed() {
    if (status == TransferStatus.FAILED || status == TransferStatus.CANCELLED) {
      throw TransferFailure.of(this);
    }
  }

  Transfer moved(TransferStatus to) {
    return new Transfer(
        id,
        device,
        direction,
        path,
        mode,
        requestedBy,
        requesterId,
        createdAt,
        expiresAt,
        to,
        size,
        bytesDone,
        checksum,
        error,
        finishedAt);
  }

  Transfer ended(TransferStatus as, Optional<String> why, Instant at) {
    return new Transfer(
        id,
        device,
        direction,
        path,
        mode,
        requestedBy,
        requesterId,
        createdAt,
        expiresAt,
        as,
        size,
        bytesDone,
        checksum,
        why,
        Optional.of(at));
  }

  /// With what is known of the content by now.
  Transfer with(Optional<Long> newSize, long newBytesDone, Optional<Checksum> newChecksum) {
    return new Transfer(
        id,
        device,
        direction,
        path,
        mode,
        requestedBy,
        requesterId,
        createdAt,
        expiresAt,
        status,
        newSize,
        newBytesDone,
        newChecksum,
        error,
        finishedAt);
  }
}
