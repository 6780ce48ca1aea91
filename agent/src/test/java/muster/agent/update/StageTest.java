package muster.agent.update;

import static org.assertj.core.api.Assertions.assertThat;

import muster.agent.update.Stage.Resumption;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StageTest {
  @ParameterizedTest
  @CsvSource({
    "DOWNLOAD, 0, GO_ON",
    "UNPACK, 0, GO_ON",
    "RUN, 0, GIVE_UP",
    "SWITCH, 0, GO_ON",
    "RESTART, 0, PASS_OVER",
    "CHECK, 1, GO_ON",
    "CHECK, 3, GO_ON",
    "CHECK, 4, GO_BACK",
    "COMMIT, 0, GO_ON",
    "BACK, 0, GO_ON",
    "BACK_RESTART, 0, PASS_OVER",
    "DONE, 0, GO_ON"
  })
  void resumedStage_isGoneOnWith_asTheTableSays(Stage stage, int checks, Resumption expected) {
    assertThat(stage.resumed(checks)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "DOWNLOAD, false",
    "UNPACK, false",
    "RUN, false",
    "SWITCH, true",
    "RESTART, true",
    "CHECK, true",
    "COMMIT, true",
    "BACK, false",
    "BACK_RESTART, false",
    "DONE, false"
  })
  void switched_isWhatMustBeTakenBack(Stage stage, boolean switched) {
    assertThat(stage.isSwitched()).isEqualTo(switched);
  }
}
