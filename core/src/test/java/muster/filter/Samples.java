package muster.filter;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A schema with a field of every kind, and subjects for it.
final class Samples {
  static final Instant NOW = Instant.parse("2024-05-01T12:00:00Z");

  static final Schema SCHEMA =
      Schema.of(
          Field.of("id", Kind.TEXT),
          Field.of("name", Kind.NAME),
          Field.oneOf("status", "online", "offline", "unknown"),
          Field.of("device_type", Kind.TEXT).alias("type"),
          Field.of("platform", Kind.NAME).alias("os", "system_info.os"),
          Field.of("tag", Kind.TAGS).alias("tags"),
          Field.of("last_seen", Kind.TIME),
          Field.of("cpu_percent", Kind.NUMBER).alias("cpu_usage"),
          Field.of("memory_percent", Kind.NUMBER).alias("memory_usage").unsortable(),
          Field.of("metadata", Kind.MAP));

  private Samples() {}

  /// A subject from `field` or `map.key` to its values.
  static Subject subject(Map<String, List<?>> values) {
    return (field, key) ->
        values.getOrDefault(key.isEmpty() ? field : field + "." + key, List.of());
  }

  static boolean matches(String filter, Subject subject) {
    return Filter.parse(filter, SCHEMA).matches(subject, NOW);
  }
}
