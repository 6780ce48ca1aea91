package muster.connect;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/// Errors that several places raise, and how a caller's words are shown in one.
final class Faults {

  private Faults() {}

  static StatusRuntimeException invalid(String message) {
    return Status.INVALID_ARGUMENT.withDescription(message).asRuntimeException();
  }

  static StatusRuntimeException tooLarge(int limit) {
    return Status.RESOURCE_EXHAUSTED
        .withDescription("message: too large (expected: at most " + limit + " bytes)")
        .asRuntimeException();
  }

  /// A parser's first words about what it read.
  static String shown(@Nullable String message) {
    var first = message == null ? "not valid" : message.lines().findFirst().orElse("not valid");
    var line = first.replaceAll(" \\(start marker at .*", "");
    return (line.length() > 200 ? line.substring(0, 200) + "…" : line)
        .replaceAll("\\p{Cntrl}", "?");
  }

  /// At most 64 printable characters of what a caller sent.
  static String quoted(String value) {
    var shown = value.length() > 64 ? value.substring(0, 64) + "…" : value;
    return '"' + shown.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
