package muster.simulator;

import static muster.simulator.Truth.Expectation.OFFLINE;
import static muster.simulator.Truth.Expectation.ONLINE;
import static muster.simulator.Truth.Expectation.OPEN;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import muster.simulator.Truth.Expectation;
import org.junit.jupiter.api.Test;

/// Times are seconds.
class TruthTest {
  private final Truth truth = new Truth("dev_1", new TruthFile(Optional.empty()));

  private Expectation at(long seconds) {
    return truth.presence(seconds * 1000, seconds * 1000);
  }

  @Test
  void deviceThatNeverConnected_isOffline() {
    assertThat(at(1)).isEqualTo(OFFLINE);
  }

  @Test
  void connectedDevice_isOnlineOnceTheServerCanKnow() {
    truth.up(100_000);
    assertThat(at(101)).isEqualTo(OPEN);
    assertThat(at(104)).isEqualTo(ONLINE);
    assertThat(at(100_000)).isEqualTo(ONLINE);
  }

  @Test
  void cutDevice_isOnlineUntilItsLeaseHasRunOut() {
    truth.up(100_000);
    truth.spoke(200_000);
    truth.down(210_000, false, "cut");
    assertThat(at(241)).isEqualTo(ONLINE);
    assertThat(at(243)).isEqualTo(OPEN);
    assertThat(at(258)).isEqualTo(OPEN);
    assertThat(at(259)).isEqualTo(OFFLINE);
  }

  @Test
  void deviceThatSaidGoodbye_isOfflineAtOnce() {
    truth.up(100_000);
    truth.down(200_000, true, "goodbye");
    assertThat(at(201)).isEqualTo(OPEN);
    assertThat(at(204)).isEqualTo(OFFLINE);
  }

  @Test
  void afterTheServerWasAway_nobodyIsExpectedOfflineForTwoMinutes() {
    truth.up(100_000);
    truth.down(200_000, false, "cut");
    truth.serverAway(205_000);
    assertThat(at(300)).isEqualTo(OPEN);
    assertThat(at(326)).isEqualTo(OFFLINE);
  }

  @Test
  void deeds_areCounted() {
    truth.delivered("exec_1", 1, 0);
    truth.started("exec_1", 0);
    truth.delivered("exec_1", 2, 0);
    assertThat(truth.deed("exec_1"))
        .get()
        .satisfies(deed -> {
          assertThat(deed.deliveries()).isEqualTo(2);
          assertThat(deed.attempt()).isEqualTo(2);
          assertThat(deed.starts()).isEqualTo(1);
        });
    assertThat(truth.isTold()).isFalse();
    truth.acknowledged("exec_1", 0);
    assertThat(truth.isTold()).isTrue();
  }
}
