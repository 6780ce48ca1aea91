package muster.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Seeded; `-Dmuster.seed=` repeats a run.
class ChunkTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final double[] ODD = {
    0,
    -0.0,
    Double.MIN_VALUE,
    Double.MAX_VALUE,
    -1,
    1e15,
    1e16,
    0.1,
    0.30000000000000004,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Math.PI,
    Long.MAX_VALUE,
    Double.NaN
  };

  @Test
  void anyNumbers_comeBackBitForBit() {
    Random random = new Random(SEED);
    for (int run = 0; run < 2_000; run++) {
      Chunk chunk = chunk(random);
      byte[] bytes = chunk.encode();
      assertThat(Chunk.decode(bytes)).as("seed %d, run %d", SEED, run).isEqualTo(chunk);
      chunk
          .columns()
          .forEach((metric, values) ->
              assertThat(bits(Chunk.decode(bytes, metric).orElseThrow().values()))
                  .as("seed %d", SEED)
                  .isEqualTo(bits(values)));
      assertThat(Chunk.decode(bytes, 1_000_000)).isEmpty();
    }
  }

  private static Chunk chunk(Random random) {
    int count = random.nextInt(150);
    long[] times = new long[count];
    long at = random.nextLong(2_000_000_000_000L);
    for (int i = 0; i < count; i++) {
      at += random.nextInt(10) == 0 ? random.nextInt(1_000_000) : 15_000 + random.nextInt(20);
      times[i] = at;
    }
    SortedMap<Integer, double[]> columns = new TreeMap<>();
    for (int column = random.nextInt(6); column > 0; column--) {
      columns.put(random.nextInt(300), values(random, count));
    }
    return new Chunk(times, columns);
  }

  private static double[] values(Random random, int count) {
    int kind = random.nextInt(5);
    double before = random.nextInt(1000);
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      before += random.nextInt(100) / 10.0;
      values[i] =
          switch (kind) {
            case 0 -> Math.round(random.nextDouble() * 1000) / 10.0;
            case 1 -> (long) before;
            case 2 -> random.nextGaussian();
            case 3 -> ODD[random.nextInt(ODD.length)];
            default -> random.nextInt(3) == 0 ? Double.NaN : 42;
          };
    }
    return values;
  }

  private static long[] bits(double[] values) {
    return Arrays.stream(values).mapToLong(Double::doubleToRawLongBits).toArray();
  }

  @Test
  void damage_isToldAsSuch_orChangesNumbersOnly() {
    Random random = new Random(SEED);
    for (int run = 0; run < 2_000; run++) {
      byte[] bytes = chunk(random).encode();
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThatThrownBy(() -> Chunk.decode(cut))
          .as("seed %d, run %d", SEED, run)
          .isInstanceOfAny(IllegalArgumentException.class, ArithmeticException.class);
    }
  }

  /// As an agent sends them: an hour at 30 s, 12 numbers.
  @Test
  void anHourOfADevice_takesFewBytes() {
    Random random = new Random(7);
    int count = 120;
    long[] times = new long[count];
    SortedMap<Integer, double[]> columns = new TreeMap<>();
    for (int metric = 0; metric < 12; metric++) {
      columns.put(metric, new double[count]);
    }
    double sent = 1e9;
    for (int i = 0; i < count; i++) {
      times[i] = 1_700_000_000_000L + 30_000L * i;
      sent += random.nextInt(200_000);
      for (int metric = 0; metric < 12; metric++) {
        double value =
            switch (metric) {
              case 0 -> Math.round(100 + 50 * random.nextGaussian()) / 10.0;
              case 1 -> 412.0 + Math.round(random.nextGaussian()) / 10.0;
              case 2 -> sent;
              case 3 -> 86_400 + 30 * i;
              default -> 55.5;
            };
        Objects.requireNonNull(columns.get(metric))[i] = value;
      }
    }
    double each = (double) new Chunk(times, columns).encode().length / count;
    assertThat(each).isLessThan(15);
  }
}
