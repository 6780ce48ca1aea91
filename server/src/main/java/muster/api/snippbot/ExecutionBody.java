package muster.api.snippbot;

import java.time.Duration;
import java.util.Map;
import muster.command.CommandRequest;
import muster.command.Lane;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;

/// What every `execute` takes: a tool, its arguments, and how long it may run (F041, F043).
final class ExecutionBody {
  private static final int MAX_TIMEOUT_SECONDS = 3600;

  private ExecutionBody() {}

  static CommandRequest request(Call call, JsonBody body) {
    return new CommandRequest(
        body.text("tool"),
        body.optObject("args").orElse(Map.of()),
        Lane.CONTROL,
        false,
        body.optNumber("timeout")
            .map(ExecutionBody::timeout)
            .orElse(CommandRequest.DEFAULT_TIMEOUT),
        CommandRequest.DEFAULT_TIME_TO_LIVE,
        call.header("idempotency-key"));
  }

  private static Duration timeout(long seconds) {
    if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
      throw Fault.invalid("timeout", seconds, "1.." + MAX_TIMEOUT_SECONDS);
    }
    return Duration.ofSeconds(seconds);
  }

  /// Whether the answer is wanted before there is a result (RFC 7240, section 4.1).
  static boolean wantsNoWait(Call call) {
    return call.header("prefer").filter(value -> value.contains("respond-async")).isPresent();
  }
}
