package muster.wire;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// `device.health`, sent by the agent at once after hello and then at every heartbeat. An absent
/// field could not be measured.
///
/// @param cpuPercent `cpu_percent`, busy share of all processors since the sample before, 0..100
/// @param memoryPercent `memory_percent`, what is not available to a new program, 0..100
/// @param diskPercent `disk_percent`, used share of the root file system, 0..100
/// @param loadAverage `load_average` over 1, 5 and 15 min, or empty
/// @param uptimeSeconds `uptime_seconds` of the host
/// @param cpuTempCelsius `cpu_temp_celsius`, the hottest processor sensor
/// @param memoryTotalBytes `memory_total_bytes`
/// @param network bytes since boot over all interfaces but the loopback
public record Health(
    OptionalDouble cpuPercent,
    OptionalDouble memoryPercent,
    OptionalDouble diskPercent,
    List<Double> loadAverage,
    OptionalLong uptimeSeconds,
    OptionalDouble cpuTempCelsius,
    OptionalLong memoryTotalBytes,
    Optional<Network> network) {

  /// A sample of which nothing is known.
  public static final Health UNKNOWN =
      new Health(
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          List.of(),
          OptionalLong.empty(),
          OptionalDouble.empty(),
          OptionalLong.empty(),
          Optional.empty());

  public Health {
    Check.percent("cpu_percent", cpuPercent);
    Check.percent("memory_percent", memoryPercent);
    Check.percent("disk_percent", diskPercent);
    uptimeSeconds.ifPresent(value -> Check.notNegative("uptime_seconds", value));
    memoryTotalBytes.ifPresent(value -> Check.notNegative("memory_total_bytes", value));
    loadAverage = List.copyOf(loadAverage);
    if (!loadAverage.isEmpty() && loadAverage.size() != 3) {
      throw new FieldException("load_average", loadAverage, "three numbers");
    }
  }

  /// Traffic counters; they start again at 0 with each boot.
  ///
  /// @param bytesSent `bytes_sent`
  /// @param bytesRecv `bytes_recv`
  public record Network(long bytesSent, long bytesRecv) {
    public Network {
      Check.notNegative("network.bytes_sent", bytesSent);
      Check.notNegative("network.bytes_recv", bytesRecv);
    }

    JsonObject toJson() {
      return JsonObject.builder().put("bytes_sent", bytesSent).put("bytes_recv", bytesRecv).build();
    }

    static Network fromJson(JsonObject json) {
      return new Network(json.integer("bytes_sent"), json.integer("bytes_recv"));
    }
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("cpu_percent", cpuPercent)
            .put("memory_percent", memoryPercent)
            .put("disk_percent", diskPercent);
    if (!loadAverage.isEmpty()) {
      json.put("load_average", loadAverage);
    }
    json.put("uptime_seconds", uptimeSeconds)
        .put("cpu_temp_celsius", cpuTempCelsius)
        .put("memory_total_bytes", memoryTotalBytes);
    network.ifPresent(value -> json.put("network", value.toJson()));
    return json.build();
  }

  public static Health fromJson(JsonObject json) {
    return new Health(
        json.optNumber("cpu_percent"),
        json.optNumber("memory_percent"),
        json.optNumber("disk_percent"),
        json.numbers("load_average"),
        json.optInteger("uptime_seconds"),
        json.optNumber("cpu_temp_celsius"),
        json.optInteger("memory_total_bytes"),
        json.optObject("network").map(Network::fromJson));
  }
}
