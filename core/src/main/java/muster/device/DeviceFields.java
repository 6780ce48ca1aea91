package muster.device;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Field;
import muster.filter.Filter;
import muster.filter.FilterException;
import muster.filter.Kind;
import muster.filter.Order;
import muster.filter.Schema;
import muster.filter.Subject;

/// What can be asked of devices: the fields of filters, orders and scopes, under the names all
/// surfaces share (C11). The store compiles the same fields to SQL; a property test holds the two
/// together.
public final class DeviceFields {
  /// Measures older than this count as absent (F116).
  public static final Duration FRESH = Duration.ofMinutes(5);

  public static final Schema SCHEMA =
      Schema.of(
          Field.of("id", Kind.TEXT),
          Field.of("name", Kind.NAME).alias("label", "device_name"),
          Field.oneOf("status", words(Presence.State.values())).alias("presence").unsortable(),
          Field.oneOf("approval", words(Approval.values())),
          Field.oneOf("condition", words(Condition.values())),
          Field.of("device_type", Kind.NAME).alias("type"),
          Field.of("platform", Kind.NAME).alias("os", "system_info.os"),
          Field.of("architecture", Kind.NAME).alias("arch", "system_info.arch"),
          Field.of("os_version", Kind.NAME),
          Field.of("hostname", Kind.NAME),
          Field.of("agent_version", Kind.TEXT).alias("version"),
          Field.of("ip", Kind.TEXT),
          Field.of("hardware_id", Kind.TEXT),
          Field.of("tag", Kind.TAGS).alias("tags"),
          Field.of("capability", Kind.TAGS).alias("capabilities"),
          Field.of("metadata", Kind.MAP),
          Field.of("last_seen", Kind.TIME),
          Field.of("created_at", Kind.TIME),
          Field.of("cpu_percent", Kind.NUMBER).alias("cpu_usage"),
          Field.of("memory_percent", Kind.NUMBER).alias("memory_usage", "mem_percent"),
          Field.of("disk_percent", Kind.NUMBER).alias("disk_usage"),
          Field.of("uptime_seconds", Kind.NUMBER).alias("uptime_s"));

  /// The order of a list when nothing is said.
  public static final Order BY_NAME = Order.parse("name ASC", SCHEMA);

  private static final Map<String, Function<Health, Optional<? extends Number>>> MEASURES =
      Map.of(
          "cpu_percent", Health::cpuPercent,
          "memory_percent", Health::memoryPercent,
          "disk_percent", Health::diskPercent,
          "uptime_seconds", Health::uptimeSeconds);

  private DeviceFields() {}

  /// @throws Fault INVALID_ARGUMENT with the position of the mistake
  public static Filter filter(String text) {
    return filter("filter", text);
  }

  /// A filter that a request names otherwise.
  ///
  /// @param name of the request's field
  /// @throws Fault INVALID_ARGUMENT with the position of the mistake
  public static Filter filter(String name, String text) {
    try {
      return Filter.parse(text, SCHEMA);
    } catch (FilterException e) {
      String message = String.valueOf(e.getMessage()).replaceFirst("^filter", name);
      throw new Fault(FaultCode.INVALID_ARGUMENT, message, Map.of("field", name));
    }
  }

  /// The filter that is a key's scope.
  ///
  /// @throws Fault INVALID_ARGUMENT with the position of the mistake
  public static Filter scope(String text) {
    try {
      return Filter.parse(text, SCHEMA);
    } catch (FilterException e) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT, "scope: " + e.getMessage(), Map.of("field", "scope"));
    }
  }

  /// @throws Fault INVALID_ARGUMENT naming the field or direction
  public static Order order(String text) {
    try {
      return Order.parse(text, SCHEMA);
    } catch (FilterException e) {
      throw fault("order_by", e);
    }
  }

  private static Fault fault(String field, FilterException e) {
    return new Fault(
        FaultCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()), Map.of("field", field));
  }

  /// A device as filters see it at `now`.
  public static Subject subject(Device device, Instant now) {
    return (field, key) -> values(device, now, field, key);
  }

  private static List<?> values(Device device, Instant now, String field, String key) {
    DeviceFacts facts = device.facts();
    return switch (field) {
      case "id" -> List.of(device.id().value());
      case "name" -> List.of(device.name());
      case "status" -> List.of(word(Presence.of(device.state(), now).state()));
      case "approval" -> List.of(device.approval().word());
      case "condition" -> List.of(device.condition().word());
      case "device_type" -> list(facts.deviceType());
      case "platform" -> list(facts.platform());
      case "architecture" -> list(facts.architecture());
      case "os_version" -> list(facts.osVersion());
      case "hostname" -> list(facts.hostname());
      case "agent_version" -> list(facts.agentVersion());
      case "ip" -> list(device.state().address());
      case "hardware_id" -> list(device.hardwareId());
      case "tag" -> List.copyOf(device.tags());
      case "capability" -> facts.capabilities();
      case "metadata" -> list(Optional.ofNullable(device.metadata().get(key)));
      case "last_seen" -> list(device.state().lastSeen());
      case "created_at" -> List.of(device.createdAt());
      default -> list(measure(device, now, field));
    };
  }

  private static Optional<? extends Number> measure(Device device, Instant now, String field) {
    Function<Health, Optional<? extends Number>> measure = MEASURES.get(field);
    if (measure == null) {
      throw new IllegalArgumentException(field + ": no field of devices");
    }
    return device
        .state()
        .health()
        .filter(health -> health.at().isAfter(now.minus(FRESH)))
        .flatMap(measure);
  }

  private static List<?> list(Optional<?> value) {
    return value.map(List::of).orElse(List.of());
  }

  private static String[] words(Enum<?>[] values) {
    return Stream.of(values).map(DeviceFields::word).toArray(String[]::new);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
