package muster.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import muster.device.Verdict;
import muster.id.DeviceId;
import muster.link.Connection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SteadinessTest {
  private static final Instant NOW = Instant.parse("2026-04-15T14:30:00Z");

  private static List<Connection> connections(int count, Duration ago) {
    return IntStream.range(0, count)
        .mapToObj(epoch ->
            new Connection(
                new DeviceId("dev-1"), epoch, NOW.minus(ago), "127.0.0.1", Optional.empty()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, HEALTHY",
    "3, 1, HEALTHY",
    "4, 1, WARNING",
    "4, 59, WARNING",
    "4, 60, HEALTHY",
    "19, 59, WARNING",
    "20, 59, CRITICAL",
    "20, 61, HEALTHY",
  })
  void connectionsWithinAnHour_count(int count, int minutesAgo, Verdict.Status expected) {
    Verdict.Check check = Steadiness.check(connections(count, Duration.ofMinutes(minutesAgo)), NOW);
    assertThat(check.status()).isEqualTo(expected);
    assertThat(check.message())
        .endsWith(
            expected == Verdict.Status.CRITICAL ? "(expected: under 20)" : "(expected: under 4)");
  }
}
