package muster.telemetry;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.device.Health;
import muster.id.DeviceId;

/// What one device measured at one time.
///
/// @param stream the device's id; [#FLEET] for what the server counts
/// @param at Unix milliseconds
/// @param values by the metrics' numbers
record Sample(String stream, long at, SortedMap<Integer, Double> values) {
  /// No device's id.
  static final String FLEET = "";

  private static final long HOUR = Duration.ofHours(1).toMillis();

  static Sample of(DeviceId device, Health health) {
    SortedMap<Integer, Double> values = new TreeMap<>();
    for (Metric metric : Metric.OF_DEVICES) {
      metric.of(health).ifPresent(value -> values.put(metric.number(), value));
    }
    return new Sample(device.value(), health.at().toEpochMilli(), values);
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
      Varints.write(out, sample.values.size());
      for (Map.Entry<Integer, Double> value : sample.values.entrySet()) {
        Varints.write(out, value.getKey());
        // The small end of such numbers is mostly zeros.
        Varints.write(out, Long.reverse(Double.doubleToRawLongBits(value.getValue())));
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
      SortedMap<Integer, Double> values = new TreeMap<>();
      for (long more = in.next(); more > 0; more--) {
        int metric = Math.toIntExact(in.next());
        values.put(metric, Double.longBitsToDouble(Long.reverse(in.next())));
      }
      samples.add(new Sample(stream, at, values));
    }
    return samples;
  }
}
