package muster.telemetry;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import muster.device.Health;
import muster.id.DeviceId;

/// What one device measured at one time.
///
/// @param stream the device's id; [#FLEET] for what the server counts
/// @param at Unix milliseconds
/// @param values by the metrics' numbers; NaN where there is none
record Sample(String stream, long at, double[] values) {
  /// No device's id.
  static final String FLEET = "";

  private static final long HOUR = Duration.ofHours(1).toMillis();

  static Sample of(DeviceId device, Health health) {
    double[] values = Metric.none();
    for (Metric metric : Metric.OF_DEVICES) {
      metric.of(health).ifPresent(value -> values[metric.number()] = value);
    }
    return new Sample(device.value(), health.at().toEpochMilli(), values);
  }

  /// One number of the whole fleet.
  static Sample ofTheFleet(long at, Metric metric, double value) {
    double[] values = Metric.none();
    values[metric.number()] = value;
    return new Sample(FLEET, at, values);
  }

  /// Stands in the log behind the samples of a stream that is forgotten.
  static Sample end(String stream) {
    return new Sample(stream, 0, Metric.none());
  }

  /// Whether it has no value.
  boolean isEnd() {
    return count() == 0;
  }

  private int count() {
    return (int) Arrays.stream(values).filter(value -> !Double.isNaN(value)).count();
  }

  /// Since 1970.
  long hour() {
    return hourOf(at);
  }

  static long hourOf(long millis) {
    return Math.floorDiv(millis, HOUR);
  }

  static long beginOf(long hour) {
    return hour * HOUR;
  }

  static byte[] encode(List<Sample> samples) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Varints.write(out, samples.size());
    for (Sample sample : samples) {
      byte[] stream = sample.stream.getBytes(StandardCharsets.UTF_8);
      Varints.write(out, stream.length);
      out.writeBytes(stream);
      Varints.write(out, sample.at);
      Varints.write(out, sample.count());
      for (int metric = 0; metric < sample.values.length; metric++) {
        double value = sample.values[metric];
        if (!Double.isNaN(value)) {
          Varints.write(out, metric);
          // The small end of such numbers is mostly zeros.
          Varints.write(out, Long.reverse(Double.doubleToRawLongBits(value)));
        }
      }
    }
    return out.toByteArray();
  }

  /// @throws IllegalArgumentException when they are none
  static List<Sample> decode(byte[] bytes) {
    Varints in = new Varints(bytes, 0);
    List<Sample> samples = new ArrayList<>();
    for (long left = in.next(); left > 0; left--) {
      int length = Math.toIntExact(in.next());
      int from = in.skip(length);
      String stream = new String(bytes, from, length, StandardCharsets.UTF_8);
      long at = in.next();
      double[] values = Metric.none();
      for (long more = in.next(); more > 0; more--) {
        int metric = Math.toIntExact(in.next());
        double value = Double.longBitsToDouble(Long.reverse(in.next()));
        // A later version knew more metrics.
        if (metric < values.length) {
          values[metric] = value;
        }
      }
      samples.add(new Sample(stream, at, values));
    }
    return samples;
  }
}
