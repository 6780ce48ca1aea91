package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TrendTest {
  @Test
  void numbers_fillTheirPlaces_andNoneIsABlank() {
    double[] values = {0, 50, Double.NaN, 100, 300, -5};
    assertThat(Trend.of(values, 100)).isEqualTo("▁▅ ██▁");
    assertThat(Trend.of(values)).isEqualTo("▁▂ ▃█▁");
  }

  @Test
  void nothing_isLow() {
    assertThat(Trend.of(new double[] {0, 0})).isEqualTo("▁▁");
    assertThat(Trend.of(new double[] {})).isEmpty();
  }
}
