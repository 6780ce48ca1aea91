package muster.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.junit.jupiter.api.Test;

class CommandRequestTest {
  private static CommandRequest with(Object arg) {
    return with("bash", Map.of("command", "true", "arg", arg));
  }

  private static CommandRequest with(String tool, Map<String, Object> args) {
    return new CommandRequest(
        tool,
        args,
        Lane.CONTROL,
        false,
        CommandRequest.DEFAULT_TIMEOUT,
        CommandRequest.DEFAULT_TIME_TO_LIVE,
        Optional.empty());
  }

  private static void timed(Duration timeout, Duration timeToLive) {
    CommandRequest request =
        new CommandRequest(
            "bash",
            Map.of("command", "true"),
            Lane.BULK,
            true,
            timeout,
            timeToLive,
            Optional.empty());
    assertThat(request.timeout()).isEqualTo(timeout);
  }

  @Test
  void args_whatDevicesUnderstand_isTaken() {
    assertThatNoException()
        .isThrownBy(() ->
            with(
                Arrays.asList(
                    "text",
                    1,
                    Long.MAX_VALUE,
                    1.5,
                    true,
                    null,
                    Map.of("deep", List.of(Collections.singletonMap("null", null))))));
  }

  @Test
  void args_whatNoDeviceCanBeSent_isRefused() {
    for (Object bad :
        List.of(
            BigInteger.ONE.shiftLeft(64),
            Double.POSITIVE_INFINITY,
            Double.NaN,
            List.of(Map.of("inner", Double.NEGATIVE_INFINITY)),
            nested(32))) {
      assertThatExceptionOfType(Fault.class)
          .isThrownBy(() -> with(bad))
          .satisfies(fault -> assertThat(fault.code()).isEqualTo(FaultCode.INVALID_ARGUMENT))
          .withMessageStartingWith("args: ");
    }
    assertThatNoException().isThrownBy(() -> with(nested(30)));
  }

  @Test
  void tool_byAnotherName_isTheSame_andItsArgumentsAreChecked() {
    assertThat(with("execution.bash", Map.of("command", "true")).tool()).isEqualTo("bash");
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> with("execution.bash", Map.of("command", 5)))
        .withMessage("args.command: 5 (expected: text)");
    assertThatNoException().isThrownBy(() -> with("dance", Map.of("command", 5)));
  }

  private static Object nested(int levels) {
    Object value = "x";
    for (int i = 0; i < levels; i++) {
      value = List.of(value);
    }
    return value;
  }

  @Test
  void times_atTheirBounds_areTakenAndBeyondRefused() {
    assertThatNoException().isThrownBy(() -> timed(Duration.ofSeconds(1), Duration.ofSeconds(1)));
    assertThatNoException().isThrownBy(() -> timed(Duration.ofHours(1), Duration.ofDays(7)));
    Duration ok = Duration.ofSeconds(5);
    for (Duration bad : List.of(Duration.ZERO, Duration.ofMillis(999), Duration.ofSeconds(-1))) {
      assertThatExceptionOfType(Fault.class).isThrownBy(() -> timed(bad, ok));
      assertThatExceptionOfType(Fault.class).isThrownBy(() -> timed(ok, bad));
    }
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> timed(Duration.ofHours(1).plusMillis(1), ok))
        .withMessageStartingWith("timeout_seconds: ");
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> timed(ok, Duration.ofDays(7).plusMillis(1)))
        .withMessageStartingWith("ttl_seconds: ");
  }
}
