package muster.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private static final long MILLI = 1_000_000;

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 3); // it may wrap around

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static void requireBurst(Admission admission, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(admission.next()).as("the %d. of the burst", i + 1).hasValue(0);
    }
  }

  @Test
  void next_afterABurst_comesAtTheRate() {
    Admission admission = new Admission(100, Duration.ofSeconds(5), nanos::get);
    requireBurst(admission, 10);
    for (int i = 1; i <= 500; i++) {
      assertThat(admission.next()).hasValue(10 * MILLI * i);
    }
  }

  @Test
  void next_furtherOffThanTheLongestWait_isRefusedAndTakesNothingAway() {
    Admission admission = new Admission(100, Duration.ofSeconds(1), nanos::get);
    requireBurst(admission, 10);
    for (int i = 1; i <= 100; i++) {
      assertThat(admission.next()).isPresent();
    }
    for (int i = 1; i <= 1000; i++) {
      assertThat(admission.next()).isEmpty();
    }
    pass(Duration.ofMillis(10));
    assertThat(admission.next()).hasValue(1000 * MILLI);
    assertThat(admission.next()).isEmpty();
  }

  @Test
  void next_afterQuietTimes_hasItsBurstAgain_andNoMore() {
    Admission admission = new Admission(1000, Duration.ZERO, nanos::get);
    requireBurst(admission, 100);
    assertThat(admission.next()).isEmpty();
    pass(Duration.ofHours(1));
    requireBurst(admission, 100);
    assertThat(admission.next()).isEmpty();
    pass(Duration.ofMillis(3));
    requireBurst(admission, 3);
    assertThat(admission.next()).isEqualTo(OptionalLong.empty());
  }

  private static InetAddress address(int number) throws UnknownHostException {
    return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number});
  }

  @Test
  void knownAddress_passesAFewTimes_andIsForgotten() throws UnknownHostException {
    KnownAddresses people = new KnownAddresses(nanos::get);
    assertThat(people.pass(address(1))).isFalse();
    people.add(address(1));
    for (int i = 0; i < 10; i++) {
      assertThat(people.pass(address(1))).isTrue();
    }
    assertThat(people.pass(address(1))).as("a fleet behind it").isFalse();
    people.add(address(1));
    assertThat(people.pass(address(1))).as("again, which gives no more").isFalse();
    pass(Duration.ofMinutes(14));
    assertThat(people.pass(address(1))).isTrue();
    assertThat(people.pass(address(2))).isFalse();
    pass(Duration.ofMinutes(1));
    assertThat(people.pass(address(1))).isFalse();
  }

  @Test
  void knownAddresses_beyondAThousand_theOldestIsForgotten() throws UnknownHostException {
    KnownAddresses people = new KnownAddresses(nanos::get);
    for (int i = 0; i <= 1000; i++) {
      people.add(address(i));
    }
    assertThat(people.pass(address(0))).isFalse();
    assertThat(people.pass(address(1))).isTrue();
    assertThat(people.pass(address(1000))).isTrue();
  }
}
