package muster.api.agents;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import muster.checkin.Report;
import muster.command.CommandStatus;
import muster.fault.Fault;
import muster.http.JsonBody;
import muster.id.CommandId;

/// How a command ended, as agents of this page tell it: `{"id", "status", "output", "exit_code",
/// "error", "duration_ms"}`, all but the first two of which may be missing.
final class AgentsOutcome {
  private static final int MAX_ERROR = 1000;
  private static final double LONGEST_MILLIS = 1e12;

  private AgentsOutcome() {}

  static Report.Outcome decoded(JsonBody body) {
    Optional<Integer> exitCode =
        body.isNull("exit_code")
            ? Optional.empty()
            : body.optNumber("exit_code").map(AgentsOutcome::exitCode);
    return new Report.Outcome(
        new CommandId(body.text("id")),
        status(body.text("status"), exitCode),
        body.optPrinted("output").orElse("").getBytes(StandardCharsets.UTF_8),
        exitCode,
        body.optPrinted("error").map(AgentsOutcome::shortened),
        body.optDecimal("duration_ms", 0, LONGEST_MILLIS)
            .map(millis -> Duration.ofMillis(millis.longValue())));
  }

  /// A program that ran to its end has completed, whatever its exit code.
  static CommandStatus status(String word, Optional<Integer> exitCode) {
    return switch (word) {
      case "ok", "completed" -> CommandStatus.COMPLETED;
      case "error", "failed" ->
          exitCode.isPresent() ? CommandStatus.COMPLETED : CommandStatus.FAILED;
      case "timeout", "timed_out" -> CommandStatus.TIMED_OUT;
      case "cancelled" -> CommandStatus.CANCELLED;
      default ->
          throw Fault.invalid(
              "results.status", word, "ok, error, completed, failed, timed_out or cancelled");
    };
  }

  private static int exitCode(long code) {
    if (code < Integer.MIN_VALUE || code > Integer.MAX_VALUE) {
      throw Fault.invalid("results.exit_code", code, "a number of 32 bits");
    }
    return (int) code;
  }

  private static String shortened(String error) {
    return error.length() <= MAX_ERROR ? error : error.substring(0, MAX_ERROR);
  }
}
