package muster.stream;

import java.util.Optional;
import muster.fault.Fault;

/// What somebody wants to see of a log.
///
/// @param tail how many of the lines there are, 0..1000
/// @param after the cursor of the last line that was seen: what stands behind it is wanted, and
///   `tail` counts only where the device does not find it; 1..512 printable ASCII characters
/// @param follows whether new lines are wanted too
public record LogRequest(LogSource source, int tail, Optional<String> after, boolean follows) {
  public static final int MAX_TAIL = 1000;
  public static final int USUAL_TAIL = 10;

  public LogRequest {
    if (tail < 0 || tail > MAX_TAIL) {
      throw Fault.invalid("tail", tail, "0.." + MAX_TAIL);
    }
    after
        .filter(cursor -> !cursor.matches("[!-~]{1,512}"))
        .ifPresent(cursor -> {
          throw Fault.invalid("Last-Event-ID", cursor, "the id of an event of this stream");
        });
  }

  /// The same with all the history one may ask for.
  LogRequest withAllHistory() {
    return new LogRequest(source, MAX_TAIL, after, follows);
  }
}
