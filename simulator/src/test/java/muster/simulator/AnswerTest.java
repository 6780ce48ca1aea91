package muster.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.ToolExecute;
import org.junit.jupiter.api.Test;

class AnswerTest {
  private static final Machine MACHINE = Machine.of(1, 0);

  private static Answer answer(Scenario.Work work, String... argv) {
    return answer(work, "bash", Arrays.asList(argv), 1);
  }

  private static Answer answer(Scenario.Work work, String tool, List<String> argv, long seed) {
    JsonObject args = JsonObject.builder().put("argv", argv).build();
    ToolExecute order = new ToolExecute("exec_1", 1, tool, args, false, 60, 60);
    return Answer.to(order, MACHINE, work, new SplittableRandom(seed));
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
  void otherTools_answerAsMuch() {
    JsonObject info =
        Json.parseObject(answer(Scenario.Work.PLAIN, "system_info", List.of(), 1).output());
    assertThat(info.string("hostname")).isEqualTo(MACHINE.name());
    assertThat(answer(Scenario.Work.PLAIN, "read_file", List.of(), 1).output())
        .contains("simulated and did not run: read_file");
  }

  @Test
  void work_staysWithinItsBounds() {
    Scenario.Work work =
        new Scenario.Work(Duration.ofMillis(10), Duration.ofMillis(20), 100, 1, 0, 0, 0);
    for (int seed = 0; seed < 200; seed++) {
      Answer answer = answer(work, "bash", List.of("true"), seed);
      assertThat(answer.takes()).isBetween(Duration.ofMillis(9), Duration.ofMillis(21));
      assertThat(answer.output()).hasSizeLessThanOrEqualTo(100);
      assertThat(answer.exitCode()).isBetween(1, 3);
    }
  }
}
