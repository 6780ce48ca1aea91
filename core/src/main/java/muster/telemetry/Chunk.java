package muster.telemetry;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The samples of one device over an hour or so: when they were taken, and a column for each
/// metric.
///
/// @param times Unix milliseconds, rising
/// @param columns by the metric's number, each as long as `times`; NaN where a sample has none
record Chunk(long[] times, SortedMap<Integer, double[]> columns) {
  Chunk {
    for (Map.Entry<Integer, double[]> column : columns.entrySet()) {
      if (column.getValue().length != times.length) {
        throw new IllegalArgumentException(
            "metric %d: %d values (expected: %d)"
                .formatted(column.getKey(), column.getValue().length, times.length));
      }
    }
  }

  byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Varints.write(out, times.length);
    long before = 0;
    long step = 0;
    for (long time : times) {
      Varints.writeSigned(out, time - before - step);
      step = time - before;
      before = time;
    }
    Varints.write(out, columns.size());
    columns.forEach((metric, values) -> {
      byte[] column = Column.encode(values);
      Varints.write(out, metric);
      Varints.write(out, column.length);
      out.writeBytes(column);
    });
    return out.toByteArray();
  }

  /// @throws IllegalArgumentException when it is none
  static Chunk decode(byte[] bytes) {
    Reader reader = new Reader(bytes);
    SortedMap<Integer, double[]> columns = new TreeMap<>();
    reader.eachColumn(
        (metric, column) -> columns.put(metric, Column.decode(column, reader.times.length)));
    return new Chunk(reader.times, columns);
  }

  /// One column of an encoded chunk and the times; the other columns are passed over.
  ///
  /// @param times the first `size` of them count, as those of `values`
  /// @param values NaN where a sample has none
  record Series(long[] times, double[] values, int size) {}

  /// Empty when there is no such column.
  static Optional<Series> decode(byte[] bytes, int metric) {
    Reader reader = new Reader(bytes);
    double[][] found = new double[1][];
    reader.eachColumn((number, column) -> {
      if (number == metric) {
        found[0] = Column.decode(column, reader.times.length);
      }
    });
    return Optional.ofNullable(found[0])
        .map(values -> new Series(reader.times, values, values.length));
  }

  private interface Columns {
    void on(int metric, byte[] column);
  }

  private static final class Reader {
    private final byte[] bytes;
    private final Varints in;
    private final long[] times;

    private Reader(byte[] bytes) {
      this.bytes = bytes;
      in = new Varints(bytes, 0);
      times = new long[Math.toIntExact(in.next())];
      long before = 0;
      long step = 0;
      for (int i = 0; i < times.length; i++) {
        step += in.nextSigned();
        before += step;
        times[i] = before;
      }
    }

    private void eachColumn(Columns columns) {
      long count = in.next();
      for (long i = 0; i < count; i++) {
        int metric = Math.toIntExact(in.next());
        int length = Math.toIntExact(in.next());
        int from = in.skip(length);
        columns.on(metric, Arrays.copyOfRange(bytes, from, from + length));
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Chunk(long[] otherTimes, SortedMap<Integer, double[]> otherColumns)
        && Arrays.equals(times, otherTimes)
        && columns.keySet().equals(otherColumns.keySet())
        && columns.entrySet().stream()
            .allMatch(
                column -> Arrays.equals(column.getValue(), otherColumns.get(column.getKey())));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(times);
  }

  @Override
  public String toString() {
    return "%d samples of %d metrics".formatted(times.length, columns.size());
  }
}
