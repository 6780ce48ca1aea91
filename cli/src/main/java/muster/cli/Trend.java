package muster.cli;

import java.util.Arrays;

/// Numbers over time in a line of text: the higher, the fuller its place; where none is, a blank.
final class Trend {
  private static final String LEVELS = "▁▂▃▄▅▆▇█";

  private Trend() {}

  /// @param values in the order of time; NaN stands for none
  /// @param full what fills a place; what is more does, too
  static String of(double[] values, double full) {
    StringBuilder line = new StringBuilder();
    for (double value : values) {
      line.append(Double.isNaN(value) ? ' ' : LEVELS.charAt(level(value, full)));
    }
    return line.toString();
  }

  /// As [#of(double\[\], double)], filled by the largest of them.
  static String of(double[] values) {
    double largest = Arrays.stream(values).filter(value -> value > 0).max().orElse(1);
    return of(values, largest);
  }

  private static int level(double value, double full) {
    int last = LEVELS.length() - 1;
    return (int) Math.clamp(Math.round(value / full * last), 0, last);
  }
}
