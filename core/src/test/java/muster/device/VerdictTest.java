package muster.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private static Device device(Condition condition, boolean online, Optional<Health> health) {
    DeviceState held = DeviceState.NEVER_SEEN.connected("10.0.0.9", T);
    DeviceState state = online ? held : held.disconnected(LinkEnd.GOODBYE, Duration.ZERO, T);
    return new Device(
        new DeviceId("dev_1"),
        "web-1",
        new TreeSet<>(),
        Approval.APPROVED,
        condition,
        DeviceFacts.NONE,
        Map.of(),
        Optional.empty(),
        T,
        T,
        Decisions.NONE,
        new DeviceState(
            state.epoch(),
            state.onlineUntil(),
            state.uncertain(),
            state.announced(),
            state.since(),
            state.lastSeen(),
            state.address(),
            state.ended(),
            health));
  }

  private static Optional<Health> health(Instant at, double cpu, double disk) {
    return Optional.of(
        new Health(
            at,
            Optional.of(cpu),
            Optional.of(20.0),
            Optional.of(disk),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "10, 84.9, HEALTHY",
    "10, 85, WARNING",
    "10, 95, CRITICAL",
    "89.9, 10, HEALTHY",
    "90, 10, WARNING",
    "98, 10, CRITICAL",
    "98, 85, CRITICAL"
  })
  void worstMeasure_decides(double cpu, double disk, Verdict.Status expected) {
    assertThat(Verdict.of(device(Condition.NORMAL, true, health(T, cpu, disk)), T).status())
        .isEqualTo(expected);
  }

  @Test
  void warnings_nameWhatIsWrong_andWhatWasExpected() {
    Verdict verdict = Verdict.of(device(Condition.NORMAL, true, health(T, 10, 91.25)), T);
    assertThat(verdict.warnings()).containsExactly("disk_usage: 91.3 % (expected: under 85 %)");
  }

  @Test
  void measuresOfLongAgo_areUnknown() {
    Instant later = T.plus(DeviceFields.FRESH);
    Verdict verdict = Verdict.of(device(Condition.NORMAL, true, health(T, 99, 99)), later);
    assertThat(verdict.status()).isEqualTo(Verdict.Status.UNKNOWN);
    assertThat(verdict.warnings()).contains("cpu_usage: not measured for 5 minutes");
    assertThat(Verdict.of(device(Condition.NORMAL, true, Optional.empty()), T).warnings())
        .contains("disk_usage: never measured");
  }

  @Test
  void offlineAndErrors_areCritical() {
    Optional<Health> fine = health(T, 1, 1);
    assertThat(Verdict.of(device(Condition.NORMAL, false, fine), T).status())
        .isEqualTo(Verdict.Status.CRITICAL);
    assertThat(Verdict.of(device(Condition.ERROR, true, fine), T).status())
        .isEqualTo(Verdict.Status.CRITICAL);
    assertThat(Verdict.of(device(Condition.MAINTENANCE, true, fine), T).status())
        .isEqualTo(Verdict.Status.HEALTHY);
  }
}
