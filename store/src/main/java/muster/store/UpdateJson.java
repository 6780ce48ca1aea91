package muster.store;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import muster.rollout.HealthGate;
import muster.rollout.MaintenanceWindow;
import muster.rollout.Pacing;
import muster.rollout.Plan;
import muster.rollout.Strategy;
import muster.update.Artifact;
import muster.update.HealthCheck;
import muster.update.Terms;
import org.jspecify.annotations.Nullable;

/// Updates and how they are deployed as JSON in columns. Durations are milliseconds; what nobody
/// said has no member.
final class UpdateJson {
  private UpdateJson() {}

  /// The members of one object.
  private static final class Members {
    private final Map<String, @Nullable Object> map;

    Members(Map<String, ?> map) {
      this.map = new LinkedHashMap<>(map);
    }

    Members() {
      this(Map.of());
    }

    Members put(String name, Optional<?> value) {
      value.ifPresent(present -> map.put(name, present));
      return this;
    }

    Members put(String name, Object value) {
      map.put(name, value);
      return this;
    }

    Optional<String> text(String name) {
      return Optional.ofNullable(map.get(name)).map(String.class::cast);
    }

    Optional<Long> number(String name) {
      return Optional.ofNullable(map.get(name)).map(value -> ((Number) value).longValue());
    }

    Optional<Integer> integer(String name) {
      return number(name).map(Math::toIntExact);
    }

    Optional<Double> real(String name) {
      return Optional.ofNullable(map.get(name)).map(value -> ((Number) value).doubleValue());
    }

    Optional<Boolean> flag(String name) {
      return Optional.ofNullable(map.get(name)).map(Boolean.class::cast);
    }

    Optional<Duration> duration(String name) {
      return number(name).map(Duration::ofMillis);
    }

    List<String> texts(String name) {
      return map.get(name) instanceof List<?> list
          ? list.stream().map(String.class::cast).toList()
          : List.of();
    }

    Optional<Members> object(String name) {
      return map.get(name) instanceof Map<?, ?> inner
          ? Optional.of(members(inner))
          : Optional.empty();
    }

    private static Members members(Map<?, ?> inner) {
      Members members = new Members();
      inner.forEach((key, value) -> members.map.put(String.valueOf(key), value));
      return members;
    }
  }

  private static Optional<Long> millis(Optional<Duration> value) {
    return value.map(Duration::toMillis);
  }

  static String artifacts(List<Artifact> artifacts) {
    return SqlValues.json(
        Map.of("artifacts", artifacts.stream().map(UpdateJson::artifact).toList()));
  }

  private static Map<String, @Nullable Object> artifact(Artifact artifact) {
    return new Members()
        .put("platform", artifact.platform())
        .put("architecture", artifact.architecture())
        .put("source", artifact.source())
        .put("checksum", artifact.checksum())
        .put("size", artifact.size())
        .put("type", artifact.type().map(Artifact.Type::word))
        .put("signature", artifact.signature())
        .put("target_path", artifact.targetPath())
        .put("install_command", artifact.installCommand())
        .put("restart_command", artifact.restartCommand())
        .put("handover", artifact.handover())
        .map;
  }

  static List<Artifact> artifacts(String json) {
    return SqlValues.map(json).get("artifacts") instanceof List<?> list
        ? list.stream().map(item -> artifact(Members.members((Map<?, ?>) item))).toList()
        : List.of();
  }

  private static Artifact artifact(Members members) {
    return new Artifact(
        members.text("platform").orElseThrow(),
        members.text("architecture"),
        members.text("source").orElseThrow(),
        members.text("checksum").orElseThrow(),
        members.number("size").orElseThrow(),
        members.text("type").flatMap(Artifact.Type::ofWord),
        members.text("signature"),
        members.text("target_path"),
        members.texts("install_command"),
        members.texts("restart_command"),
        members.text("handover"));
  }

  static String pacing(Pacing pacing) {
    return SqlValues.json(
        new Members()
            .put("strategy", pacing.strategy().map(Strategy::word))
            .put("at_once", pacing.atOnce())
            .put("max_failure_percentage", pacing.maxFailurePercentage())
            .put("canary", pacing.canary())
            .put("batch", pacing.batch())
            .put("batch_percentage", pacing.batchPercentage())
            .put("validation", millis(pacing.validation()))
            .put("pause", millis(pacing.pause()))
            .put("auto_promote", pacing.autoPromote())
            .put("auto_rollback", pacing.autoRollback())
            .put("window", pacing.window().map(UpdateJson::window))
            .put("patience", millis(pacing.patience()))
            .map);
  }

  static Pacing pacing(String json) {
    Members members = new Members(SqlValues.map(json));
    return new Pacing(
        members.text("strategy").flatMap(Strategy::ofWord),
        members.integer("at_once"),
        members.real("max_failure_percentage"),
        members.real("canary"),
        members.integer("batch"),
        members.real("batch_percentage"),
        members.duration("validation"),
        members.duration("pause"),
        members.flag("auto_promote"),
        members.flag("auto_rollback"),
        members.object("window").map(UpdateJson::window),
        members.duration("patience"));
  }

  private static Map<String, @Nullable Object> window(MaintenanceWindow window) {
    return new Members()
        .put("days", window.days().stream().sorted().map(DayOfWeek::name).toList())
        .put("from", window.from().toString())
        .put("to", window.to().toString())
        .put("zone", window.zone().getId())
        .map;
  }

  private static MaintenanceWindow window(Members members) {
    return new MaintenanceWindow(
        members.texts("days").stream().map(DayOfWeek::valueOf).collect(Collectors.toSet()),
        LocalTime.parse(members.text("from").orElseThrow()),
        LocalTime.parse(members.text("to").orElseThrow()),
        ZoneId.of(members.text("zone").orElseThrow()));
  }

  static String plan(Plan plan) {
    return SqlValues.json(
        new Members()
            .put("strategy", plan.strategy().word())
            .put("at_once", plan.atOnce())
            .put("max_failure_percentage", plan.maxFailurePercentage())
            .put("canary", plan.canary())
            .put("batch", plan.batch())
            .put("validation", plan.validation().toMillis())
            .put("pause", plan.pause().toMillis())
            .put("auto_promote", plan.autoPromote())
            .put("auto_rollback", plan.autoRollback())
            .put("window", plan.window().map(UpdateJson::window))
            .put("patience", plan.patience().toMillis())
            .map);
  }

  static Plan plan(String json) {
    Members members = new Members(SqlValues.map(json));
    return new Plan(
        members.text("strategy").flatMap(Strategy::ofWord).orElseThrow(),
        members.integer("at_once").orElseThrow(),
        members.real("max_failure_percentage").orElseThrow(),
        members.real("canary").orElseThrow(),
        members.integer("batch").orElseThrow(),
        members.duration("validation").orElseThrow(),
        members.duration("pause").orElseThrow(),
        members.flag("auto_promote").orElseThrow(),
        members.flag("auto_rollback").orElseThrow(),
        members.object("window").map(UpdateJson::window),
        members.duration("patience").orElseThrow());
  }

  static String terms(Terms terms) {
    return SqlValues.json(
        new Members()
            .put("timeout", terms.timeout().toMillis())
            .put("offline", terms.offline().name())
            .put("check", terms.check().map(UpdateJson::check))
            .put("signs", terms.signs().stream().map(HealthGate.Sign::name).sorted().toList())
            .map);
  }

  static Terms terms(String json) {
    Members members = new Members(SqlValues.map(json));
    return new Terms(
        members.duration("timeout").orElseThrow(),
        Terms.Offline.valueOf(members.text("offline").orElseThrow()),
        members.object("check").map(UpdateJson::check),
        members.texts("signs").stream().map(HealthGate.Sign::valueOf).collect(Collectors.toSet()));
  }

  private static Map<String, @Nullable Object> check(HealthCheck check) {
    return new Members()
        .put("command", check.command())
        .put("endpoint", check.endpoint())
        .put("expected_status", check.expectedStatus())
        .put("initial_delay", check.initialDelay().toMillis())
        .put("timeout", check.timeout().toMillis())
        .put("retries", check.retries())
        .map;
  }

  private static HealthCheck check(Members members) {
    return new HealthCheck(
        members.texts("command"),
        members.text("endpoint"),
        members.integer("expected_status").orElseThrow(),
        members.duration("initial_delay").orElseThrow(),
        members.duration("timeout").orElseThrow(),
        members.integer("retries").orElseThrow());
  }
}
