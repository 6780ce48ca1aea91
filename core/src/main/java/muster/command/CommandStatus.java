package muster.command;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Where a command is in its life.
public enum CommandStatus {
  /// Stored, waiting for the device.
  QUEUED,
  /// Given to the link; the device has not confirmed it.
  SENT,
  /// The device has it in its journal and started it.
  RUNNING,
  /// The tool ran to its end, whatever its exit code.
  COMPLETED,
  /// It could not be started, or was interrupted.
  FAILED,
  /// It ran longer than its timeout and was killed.
  TIMED_OUT,
  CANCELLED,
  /// Its time to live passed before it was sent.
  EXPIRED,
  /// It was sent, and nobody can say any more what became of it.
  LOST;

  public boolean isFinal() {
    return compareTo(RUNNING) > 0;
  }

  /// Whether it is the end that one wishes for: completed, without an exit code that says
  /// otherwise.
  public boolean isSuccess(Optional<Integer> exitCode) {
    return this == COMPLETED && exitCode.filter(code -> code != 0).isEmpty();
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<CommandStatus> ofWord(String word) {
    return Arrays.stream(values()).filter(status -> status.word().equals(word)).findFirst();
  }
}
