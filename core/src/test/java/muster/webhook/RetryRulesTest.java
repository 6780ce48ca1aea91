package muster.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryRulesTest {
  private static final Retry RETRY = new Retry(5, Retry.Backoff.EXPONENTIAL);

  private static Courier.Answer answer(int status) {
    return new Courier.Answer(Optional.of(status), Optional.empty(), "", Optional.empty());
  }

  private static Courier.Answer later(int status, long seconds) {
    return new Courier.Answer(
        Optional.of(status), Optional.empty(), "", Optional.of(Duration.ofSeconds(seconds)));
  }

  @ParameterizedTest
  @CsvSource({
    "200, 1, Delivered",
    "204, 5, Delivered",
    "299, 1, Delivered",
    "301, 1, Again",
    "400, 1, GiveUp",
    "401, 1, GiveUp",
    "404, 1, GiveUp",
    "408, 1, Again",
    "410, 1, TurnOff",
    "425, 1, Again",
    "429, 1, Again",
    "500, 4, Again",
    "500, 5, GiveUp",
    "429, 5, GiveUp",
  })
  void verdict_followsFromTheStatus_andTheAttempts(int status, int attempts, String expected) {
    assertThat(RetryRules.verdict(RETRY, attempts, answer(status), 0).getClass().getSimpleName())
        .isEqualTo(expected);
  }

  @Test
  void noAnswer_isAskedAgain() {
    assertThat(RetryRules.verdict(RETRY, 1, Courier.Answer.none("refused"), 0))
        .isEqualTo(new RetryRules.Verdict.Again(Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 4", "4, 8", "12, 2048", "13, 3600", "49, 3600"})
  void waits_doubleUpToAnHour(int attempts, int seconds) {
    Retry patient = new Retry(Retry.MOST, Retry.Backoff.EXPONENTIAL);
    assertThat(RetryRules.verdict(patient, attempts, answer(500), 0))
        .isEqualTo(new RetryRules.Verdict.Again(Duration.ofSeconds(seconds)));
  }

  @Test
  void chance_addsAFifthAtMost() {
    assertThat(RetryRules.verdict(RETRY, 4, answer(500), 1))
        .isEqualTo(new RetryRules.Verdict.Again(Duration.ofMillis(9600)));
  }

  @Test
  void retryAfter_isKept_upToAnHour() {
    assertThat(RetryRules.verdict(RETRY, 1, later(503, 60), 0.5))
        .isEqualTo(new RetryRules.Verdict.Again(Duration.ofMinutes(1)));
    assertThat(RetryRules.verdict(RETRY, 1, later(503, 999_999), 0))
        .isEqualTo(new RetryRules.Verdict.Again(Duration.ofHours(1)));
  }
}
