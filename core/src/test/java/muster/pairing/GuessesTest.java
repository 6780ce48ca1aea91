package muster.pairing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GuessesTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private final Guesses guesses = new Guesses();

  @Test
  void sixthTryWithinAMinute_hasToWaitUntilTheFirstIsAMinuteOld() {
    for (int i = 0; i < 5; i++) {
      assertThat(guesses.begin("a", T.plusSeconds(i))).isEmpty();
    }
    assertThat(guesses.begin("a", T.plusSeconds(20))).contains(Duration.ofSeconds(40));
    assertThat(guesses.begin("b", T.plusSeconds(20))).isEmpty();
    assertThat(guesses.begin("a", T.plusSeconds(60))).isEmpty();
    assertThat(guesses.begin("a", T.plusSeconds(60))).contains(Duration.ofSeconds(1));
  }

  @Test
  void clockSetBackByAnHour_nobodyWaitsForThat() {
    for (int i = 0; i < 6; i++) {
      guesses.begin("a", T);
    }
    assertThat(guesses.begin("a", T.minusSeconds(3600))).isEmpty();
  }

  @Test
  void tryThatWasRight_doesNotCount() {
    for (int i = 0; i < 100; i++) {
      assertThat(guesses.begin("a", T)).isEmpty();
      guesses.takeBack("a");
    }
  }

  @Test
  void triesUnderWay_countAlready() {
    for (int i = 0; i < 5; i++) {
      assertThat(guesses.begin("a", T)).isEmpty();
    }
    assertThat(guesses.begin("a", T)).isPresent();
    guesses.takeBack("a");
    assertThat(guesses.begin("a", T)).isEmpty();
  }
}
