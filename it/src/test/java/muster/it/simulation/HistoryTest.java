package muster.it.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.LongStream;
import muster.testkit.simulation.History;
import org.junit.jupiter.api.Test;

/// One seed again: `-Dmuster.seed=4711 -Dmuster.histories=1`.
class HistoryTest {
  private static final long SEED = Long.getLong("muster.seed", 1);
  private static final int HISTORIES = Integer.getInteger("muster.histories", 100_000);

  @Test
  void play_manySeeds_keepsEveryPromise() {
    LongStream.range(SEED, SEED + HISTORIES).parallel().forEach(History::play);
  }

  @Test
  void play_theSameSeed_isTheSameHistory() {
    for (long seed = 0; seed < 50; seed++) {
      assertThat(History.trace(seed)).isNotEmpty().isEqualTo(History.trace(seed));
    }
  }

  /// The journal's promise rests on the disk's: where syncs lie, this must notice.
  @Test
  void play_onDisksThatLoseWhatTheySynced_breaksAPromise() {
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> LongStream.range(0, 2_000).forEach(History::playOnLyingDisks))
        .withMessageContaining("seed ");
  }
}
