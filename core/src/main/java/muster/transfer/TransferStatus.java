package muster.transfer;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Where a transfer is in its life.
public enum TransferStatus {
  /// Waiting for the device.
  QUEUED,
  /// The device has been given it.
  RUNNING,
  /// All of the content has arrived and its checksum is right.
  COMPLETED,
  FAILED,
  CANCELLED;

  public boolean isFinal() {
    return compareTo(RUNNING) > 0;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<TransferStatus> ofWord(String word) {
    return Arrays.stream(values()).filter(status -> status.word().equals(word)).findFirst();
  }
}
