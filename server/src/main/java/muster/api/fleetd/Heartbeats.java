package muster.api.fleetd;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import muster.checkin.Report;
import muster.command.CommandStatus;
import muster.device.Condition;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.fault.Fault;
import muster.fleetd.v1.Command;
import muster.fleetd.v1.DeviceMetrics;
import muster.fleetd.v1.HeartbeatRequest;
import muster.fleetd.v1.ReportCommandResultRequest;
import muster.fleetd.v1.SystemStats;
import muster.id.CommandId;

/// Heartbeats as reports of the core, and what the core keeps of them as metrics. What has no name
/// in the core is kept as the messages themselves, in base64.
final class Heartbeats {
  private static final String STATS = "fleetd.stats";
  private static final String PROCESSES = "fleetd.processes";
  private static final int MAX_PROCESSES = 256;
  private static final int MAX_CUSTOM = 64;
  private static final int MAX_OUTPUT = 1 << 20;
  private static final long MIB = 1L << 20;

  private Heartbeats() {}

  /// @throws Fault INVALID_ARGUMENT for measures that can't be
  static Report report(HeartbeatRequest request, Instant now) {
    if (request.getProcessesCount() > MAX_PROCESSES) {
      throw Fault.invalid(
          "processes", request.getProcessesCount() + " of them", "at most " + MAX_PROCESSES);
    }
    SystemStats stats = request.getStats();
    if (stats.getCustomCount() > MAX_CUSTOM) {
      throw Fault.invalid(
          "stats.custom", stats.getCustomCount() + " of them", "at most " + MAX_CUSTOM);
    }
    Map<String, Object> unnamed = new HashMap<>();
    if (request.hasStats()) {
      unnamed.put(STATS, encoded(stats.toByteArray()));
    }
    if (request.getProcessesCount() > 0) {
      DeviceMetrics processes =
          DeviceMetrics.newBuilder().addAllProcesses(request.getProcessesList()).build();
      unnamed.put(PROCESSES, encoded(processes.toByteArray()));
    }
    Optional<List<CommandId>> received =
        Optional.of(request.getKeepsAccount())
            .filter(keeps -> keeps)
            .map(keeps -> request.getReceivedCommandsList().stream().map(CommandId::new).toList());
    return new Report(
        DeviceFacts.NONE,
        health(request, now),
        unnamed,
        received,
        List.of(),
        condition(request),
        request.getStatus().getState() == muster.fleetd.v1.DeviceState.OFFLINE);
  }

  private static Optional<Condition> condition(HeartbeatRequest request) {
    return switch (request.getStatus().getState()) {
      case ONLINE -> Optional.of(Condition.NORMAL);
      case UPDATING -> Optional.of(Condition.UPDATING);
      case ERROR -> Optional.of(Condition.ERROR);
      default -> Optional.empty();
    };
  }

  private static Health health(HeartbeatRequest request, Instant now) {
    SystemStats stats = request.getStats();
    Optional<Double> memory =
        decimal("stats.memory_percent", stats::hasMemoryPercent, stats::getMemoryPercent, 100)
            .or(() ->
                share(
                    stats.hasMemoryUsedMb() && stats.hasMemoryTotalMb(),
                    stats.getMemoryUsedMb(),
                    stats.getMemoryTotalMb()));
    Optional<Double> disk =
        decimal("stats.disk_percent", stats::hasDiskPercent, stats::getDiskPercent, 100)
            .or(() ->
                share(
                    stats.hasDiskUsedGb() && stats.hasDiskTotalGb(),
                    stats.getDiskUsedGb(),
                    stats.getDiskTotalGb()));
    long uptime = whole("status.uptime_seconds", () -> request.getStatus().getUptimeSeconds());
    return new Health(
        now,
        decimal("stats.cpu_percent", stats::hasCpuPercent, stats::getCpuPercent, 100),
        memory,
        disk,
        load(stats),
        uptime == 0 ? Optional.empty() : Optional.of(uptime),
        Optional.of(stats)
            .filter(SystemStats::hasTemperatureCelsius)
            .map(SystemStats::getTemperatureCelsius),
        optional(stats.hasMemoryTotalMb(), "stats.memory_total_mb", stats::getMemoryTotalMb)
            .map(mib -> Math.multiplyExact(Math.min(mib, Long.MAX_VALUE / MIB), MIB)),
        optional(
            stats.hasNetworkBytesSent(), "stats.network_bytes_sent", stats::getNetworkBytesSent),
        optional(
            stats.hasNetworkBytesRecv(), "stats.network_bytes_recv", stats::getNetworkBytesRecv));
  }

  private static Optional<Double> decimal(
      String field, BooleanSupplier given, DoubleSupplier value, double most) {
    if (!given.getAsBoolean()) {
      return Optional.empty();
    }
    double number = value.getAsDouble();
    if (!(number >= 0 && number <= most)) {
      throw Fault.invalid(field, number, "0..%.0f".formatted(most));
    }
    return Optional.of(number);
  }

  private static Optional<Double> share(boolean known, double used, double total) {
    return known && used >= 0 && total > 0
        ? Optional.of(Math.min(100, 100 * used / total))
        : Optional.empty();
  }

  private static long whole(String field, LongSupplier value) {
    long number = value.getAsLong();
    if (number < 0) {
      throw Fault.invalid(field, number, "0 or more");
    }
    return number;
  }

  private static Optional<Long> optional(boolean given, String field, LongSupplier value) {
    return given ? Optional.of(whole(field, value)) : Optional.empty();
  }

  /// All three, or none.
  private static List<Double> load(SystemStats stats) {
    List<Double> load =
        Stream.of(
                decimal("stats.load_1m", stats::hasLoad1M, stats::getLoad1M, 1_000_000),
                decimal("stats.load_5m", stats::hasLoad5M, stats::getLoad5M, 1_000_000),
                decimal("stats.load_15m", stats::hasLoad15M, stats::getLoad15M, 1_000_000))
            .flatMap(Optional::stream)
            .toList();
    return load.size() == 3 ? load : List.of();
  }

  private static String encoded(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// What is known of a device's measures: what it told in fleetd's words, and under these what any
  /// other way brought.
  static DeviceMetrics metrics(Optional<Health> health, Map<String, Object> unnamed) {
    DeviceMetrics.Builder metrics = DeviceMetrics.newBuilder();
    try {
      if (unnamed.get(PROCESSES) instanceof String processes) {
        metrics.mergeFrom(Base64.getDecoder().decode(processes));
      }
      SystemStats.Builder stats = SystemStats.newBuilder();
      if (unnamed.get(STATS) instanceof String told) {
        stats.mergeFrom(Base64.getDecoder().decode(told));
      }
      health.ifPresent(sample -> {
        metrics.setCollectedAt(Times.of(sample.at()));
        put(sample, stats);
      });
      return metrics.setCurrent(stats).build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(Health sample, SystemStats.Builder stats) {
    sample.cpuPercent().ifPresent(stats::setCpuPercent);
    sample.memoryPercent().ifPresent(stats::setMemoryPercent);
    sample.diskPercent().ifPresent(stats::setDiskPercent);
    sample.cpuTempCelsius().ifPresent(stats::setTemperatureCelsius);
    sample.memoryTotalBytes().ifPresent(bytes -> stats.setMemoryTotalMb(bytes / MIB));
    sample.networkBytesSent().ifPresent(stats::setNetworkBytesSent);
    sample.networkBytesReceived().ifPresent(stats::setNetworkBytesRecv);
    if (sample.loadAverage().size() == 3) {
      stats
          .setLoad1M(sample.loadAverage().get(0))
          .setLoad5M(sample.loadAverage().get(1))
          .setLoad15M(sample.loadAverage().get(2));
    }
  }

  /// @throws Fault INVALID_ARGUMENT for output that is too long
  static Report.Outcome outcome(ReportCommandResultRequest request) {
    if (request.getOutput().size() > MAX_OUTPUT) {
      throw Fault.invalid("output", request.getOutput().size() + " bytes", "at most 1 MiB");
    }
    CommandStatus status =
        switch (request.getOutcome()) {
          case OUTCOME_UNSPECIFIED, COMPLETED -> CommandStatus.COMPLETED;
          case FAILED -> CommandStatus.FAILED;
          case TIMED_OUT -> CommandStatus.TIMED_OUT;
          case CANCELLED -> CommandStatus.CANCELLED;
          case UNRECOGNIZED ->
              throw Fault.invalid(
                  "outcome",
                  request.getOutcomeValue(),
                  "COMPLETED, FAILED, TIMED_OUT or CANCELLED");
        };
    long millis = whole("duration_ms", request::getDurationMs);
    return new Report.Outcome(
        new CommandId(request.getCommandId()),
        status,
        request.getOutput().toByteArray(),
        request.hasExitCode() ? Optional.of(request.getExitCode()) : Optional.empty(),
        DeviceMessages.given(request.getError()),
        millis == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(millis)));
  }

  static Command command(muster.command.Command command) {
    Map<String, String> parameters = new TreeMap<>();
    command
        .args()
        .forEach((name, value) -> {
          if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            parameters.put(name, value.toString());
          }
        });
    return Command.newBuilder()
        .setId(command.id().value())
        .setType(command.tool())
        .putAllParameters(parameters)
        .setArgs(struct(command.args()))
        .setCreatedAt(Times.of(command.createdAt()))
        .setExpiresAt(Times.of(command.expiresAt()))
        .setTimeoutSeconds((int) command.timeout().toSeconds())
        .setAttempt(command.attempt())
        .build();
  }

  private static Struct struct(Map<?, ?> map) {
    Struct.Builder struct = Struct.newBuilder();
    map.forEach((name, value) -> struct.putFields(String.valueOf(name), value(value)));
    return struct.build();
  }

  private static Value value(Object value) {
    Value.Builder message = Value.newBuilder();
    return switch (value) {
      case String text -> message.setStringValue(text).build();
      case Boolean truth -> message.setBoolValue(truth).build();
      case Number number -> message.setNumberValue(number.doubleValue()).build();
      case Map<?, ?> map -> message.setStructValue(struct(map)).build();
      case List<?> list -> {
        ListValue.Builder items = ListValue.newBuilder();
        list.forEach(item -> items.addValues(value(item)));
        yield message.setListValue(items).build();
      }
      default -> message.setNullValue(NullValue.NULL_VALUE).build();
    };
  }
}
