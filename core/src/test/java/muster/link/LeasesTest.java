package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
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
}
