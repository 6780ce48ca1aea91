package muster.remote;

import java.util.Optional;
import muster.fault.Fault;

/// What somebody wants to begin.
///
/// @param cols of the terminal, 1..1000
/// @param rows of the terminal, 1..1000
/// @param target empty for a terminal
public record RemoteRequest(RemoteKind kind, int cols, int rows, Optional<RemoteTarget> target) {
  private static final int USUAL_COLS = 80;
  private static final int USUAL_ROWS = 24;
  private static final int MAX_SIZE = 1000;

  /// @throws Fault INVALID_ARGUMENT naming the field
  public static RemoteRequest of(
      Optional<String> type, Optional<Long> cols, Optional<Long> rows, Optional<String> target) {
    RemoteKind kind =
        type.map(word ->
                RemoteKind.ofWord(word)
                    .orElseThrow(() -> Fault.invalid("type", word, "terminal, tcp or http")))
            .orElse(RemoteKind.TERMINAL);
    boolean isTerminal = kind == RemoteKind.TERMINAL;
    if (isTerminal && target.isPresent()) {
      throw Fault.invalid("target", target.get(), "none for a terminal");
    }
    return new RemoteRequest(
        kind,
        size("cols", cols.orElse((long) USUAL_COLS)),
        size("rows", rows.orElse((long) USUAL_ROWS)),
        isTerminal ? Optional.empty() : Optional.of(RemoteTarget.parse(target, kind)));
  }

  private static int size(String field, long value) {
    if (value < 1 || value > MAX_SIZE) {
      throw Fault.invalid(field, value, "1.." + MAX_SIZE);
    }
    return (int) value;
  }
}
