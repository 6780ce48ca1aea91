package muster.telemetry;

import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The samples of one stream in an hour that is not over. Guarded by its [Telemetry].
final class OpenChunk {
  private static final int FIRST_SIZE = 8;

  private long[] times = new long[FIRST_SIZE];
  private final SortedMap<Integer, double[]> columns = new TreeMap<>();
  private int size;

  void add(Sample sample) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      columns.replaceAll((metric, values) -> grown(values, size * 2));
    }
    times[size] = sample.at();
    for (int metric = 0; metric < sample.values().length; metric++) {
      double value = sample.values()[metric];
      if (!Double.isNaN(value)) {
        columns.computeIfAbsent(metric, any -> grown(new double[0], times.length))[size] = value;
      }
    }
    size++;
  }

  private static double[] grown(double[] values, int length) {
    double[] more = Arrays.copyOf(values, length);
    Arrays.fill(more, values.length, length, Double.NaN);
    return more;
  }

  Chunk chunk() {
    SortedMap<Integer, double[]> cut = new TreeMap<>();
    columns.forEach((metric, values) -> cut.put(metric, Arrays.copyOf(values, size)));
    return new Chunk(Arrays.copyOf(times, size), cut);
  }

  /// No copy: what is added later comes behind its end, or goes to other arrays.
  Optional<Chunk.Series> series(int metric) {
    return Optional.ofNullable(columns.get(metric))
        .map(values -> new Chunk.Series(times, values, size));
  }
}
