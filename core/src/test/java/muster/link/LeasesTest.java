package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private final Leases leases = new Leases();

  private static DeviceId device(int number) {
    return new DeviceId("dev_" + number);
  }

  @Test
  void endedBy_giveEachOnce_earliestFirst() {
    leases.add(device(3), T.plusSeconds(3));
    leases.add(device(1), T.plusSeconds(1));
    leases.add(device(2), T.plusSeconds(2));
    assertThat(leases.endedBy(T.plusMillis(999))).isEmpty();
    assertThat(leases.endedBy(T.plusSeconds(2))).containsExactly(device(1), device(2));
    assertThat(leases.endedBy(T.plusSeconds(2))).isEmpty();
    assertThat(leases.endedBy(T.plusSeconds(9))).containsExactly(device(3));
  }

  @Test
  void endedBy_deviceThatLeftTwice_givesBothEnds() {
    leases.add(device(1), T.plusSeconds(1));
    leases.add(device(1), T.plusSeconds(5));
    assertThat(leases.endedBy(T.plusSeconds(1))).containsExactly(device(1));
    assertThat(leases.endedBy(T.plusSeconds(5))).containsExactly(device(1));
  }

  private static Instant moved(Instant end, Duration by, Instant now) {
    return Leases.moved(end, by, now, now.plusSeconds(45));
  }

  @Test
  void moved_clockSetForwardOrBack_keepsWhatWasLeft() {
    Instant end = T.plusSeconds(30);
    for (Duration jump : List.of(Duration.ofDays(400), Duration.ofHours(-2))) {
      assertThat(moved(end, jump, T.plus(jump))).isEqualTo(end.plus(jump));
    }
    assertThat(moved(end, Duration.ofSeconds(20), T.plusSeconds(20)))
        .as("a pause")
        .isEqualTo(T.plusSeconds(50));
  }

  @Test
  void moved_leaseThatBeganAfterTheJump_stays() {
    for (Duration jump : List.of(Duration.ofDays(400), Duration.ofHours(-2))) {
      Instant now = T.plus(jump);
      assertThat(moved(now.plusSeconds(44), jump, now)).isEqualTo(now.plusSeconds(44));
    }
  }

  @Test
  void moved_leaseThatHadEnded_staysEnded() {
    Instant end = T.minusMillis(100);
    for (Duration jump : List.of(Duration.ofDays(400), Duration.ofHours(-2))) {
      assertThat(moved(end, jump, T.plus(jump))).isBefore(T.plus(jump));
    }
  }

  @Test
  void moved_neverBeyondTheLongest() {
    assertThat(moved(T.plusSeconds(40), Duration.ofMinutes(10), T.plusSeconds(45)))
        .isEqualTo(T.plusSeconds(90));
  }
}
