package muster.telemetry;

import java.util.Arrays;
import muster.fault.Fault;

/// What the samples of one interval come to.
final class Bucket {
  private static final double[] NONE = new double[0];

  private final Aggregation aggregation;
  private final boolean keepsAll;
  private final KeptValues kept;
  private double[] values = NONE;
  private double percentile = Double.NaN;
  private long count;
  private double sum;
  private double lost; // Kahan: a sum of millions of samples is as good as one of ten
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  Bucket(Aggregation aggregation, KeptValues kept) {
    this.aggregation = aggregation;
    this.kept = kept;
    keepsAll = aggregation.percent().isPresent();
  }

  /// Not once it is closed.
  ///
  /// @throws Fault INVALID_ARGUMENT for more samples than a percentile can be made of
  void add(double value) {
    if (keepsAll) {
      keep(value);
    }
    count++;
    double corrected = value - lost;
    double next = sum + corrected;
    lost = next - sum - corrected;
    sum = next;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }

  private void keep(double value) {
    kept.add();
    int size = (int) count;
    if (size == values.length) {
      values = Arrays.copyOf(values, Math.max(16, size + size / 2));
    }
    values[size] = value;
  }

  /// All its samples are there: what it keeps of them can go.
  void close() {
    if (values.length > 0) {
      percentile = percentile(aggregation.percent().orElseThrow());
      kept.release((int) count);
      values = NONE;
    }
  }

  long count() {
    return count;
  }

  double sum() {
    return sum;
  }

  double min() {
    return min;
  }

  double max() {
    return max;
  }

  /// Of at least one sample. Closes it.
  double value() {
    close();
    return switch (aggregation) {
      case AVG -> sum / count;
      case SUM -> sum;
      case MIN -> min;
      case MAX -> max;
      case COUNT -> count;
      case P50, P95, P99 -> percentile;
    };
  }

  /// The least value that so many percent of them do not exceed (nearest rank).
  private double percentile(int percent) {
    Arrays.sort(values, 0, (int) count);
    long rank = (count * percent + 99) / 100;
    return values[(int) Math.max(0, rank - 1)];
  }
}
