package muster.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import muster.wire.JsonObject;
import org.junit.jupiter.api.Test;

class AnswerTest {
  private static final Machine MACHINE = Machine.of(1, 0);

  private static Answer answer(Scenario.Work work, String... argv) {
    JsonObject args = JsonObject.builder().put("argv", Arrays.asList(argv)).build();
    return Answer.to(args, MACHINE, work, new SplittableRandom(1));
  }

  @Test
  void echo_printsItsWords() {
    assertThat(answer(Scenario.Work.PLAIN, "echo", "a", "b").output()).isEqualTo("a b\n");
    assertThat(answer(Scenario.Work.PLAIN, "sh", "-c", "echo a b").output()).isEqualTo("a b\n");
  }

  @Test
  void uname_namesTheMachine() {
    assertThat(answer(Scenario.Work.PLAIN, "/bin/uname", "-a").output()).contains(MACHINE.name());
  }

  @Test
  void sleep_takesItsTime() {
    assertThat(answer(Scenario.Work.PLAIN, "sleep", "2.5").takes())
        .isEqualTo(Duration.ofMillis(2500));
  }

  @Test
  void anythingElse_saysThatItDidNotRun() {
    assertThat(answer(Scenario.Work.PLAIN, "rm", "-rf", "/").output())
        .contains("simulated and did not run: rm -rf /");
  }

  @Test
  void work_staysWithinItsBounds() {
    Scenario.Work work =
        new Scenario.Work(Duration.ofMillis(10), Duration.ofMillis(20), 100, 1, 0, 0, 0);
    for (int seed = 0; seed < 200; seed++) {
      JsonObject args = JsonObject.builder().put("argv", List.of("true")).build();
      Answer answer = Answer.to(args, MACHINE, work, new SplittableRandom(seed));
      assertThat(answer.takes()).isBetween(Duration.ofMillis(9), Duration.ofMillis(21));
      assertThat(answer.output()).hasSizeLessThanOrEqualTo(100);
      assertThat(answer.exitCode()).isBetween(1, 3);
    }
  }
}
