package muster.agent.tool;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import muster.wire.FieldException;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// Services of systemd, by `systemctl`, and their logs, by `journalctl`.
final class ServiceTools {
  static final String SYSTEMCTL = "systemctl";
  static final String JOURNALCTL = "journalctl";

  private static final Program SYSTEM =
      Program.of(SYSTEMCTL, "--no-pager", "--no-ask-password", "--full");

  /// Stopping it would leave nobody to start it again.
  private static final Pattern ENDING =
      Pattern.compile("systemd-(reboot|poweroff|halt|kexec|suspend|hibernate|hybrid-sleep).*");

  private static final List<String> OWN_UNITS = List.of("muster-agent", "muster-agent.service");

  private static final String[] PRIORITIES = {
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"
  };

  /// Of `systemctl show`, and how they are told.
  private static final Map<String, String> PROPERTIES = properties();

  private ServiceTools() {}

  private static Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("Id", "unit");
    properties.put("Description", "description");
    properties.put("LoadState", "load_state");
    properties.put("ActiveState", "active_state");
    properties.put("SubState", "sub_state");
    properties.put("UnitFileState", "unit_file_state");
    properties.put("MainPID", "main_pid");
    properties.put("NRestarts", "restarts");
    properties.put("ActiveEnterTimestamp", "active_since");
    return properties;
  }

  static Job check(JsonObject json) {
    String unit = unit(new Args(json, "service"), "service");
    return Job.of(desk -> desk.print(state(desk, unit)));
  }

  static Job restart(JsonObject json) {
    return control(changeable(unit(new Args(json, "service"), "service")), "restart");
  }

  static Job control(JsonObject json) {
    Args args = new Args(json, "service", "action");
    String unit = unit(args, "service");
    args.text("action");
    String action = args.word("action", "start", "stop", "restart", "enable", "disable", "status");
    if (OWN_UNITS.contains(unit) && List.of("stop", "disable").contains(action)) {
      throw new FieldException("args.service", unit, "another one: this cuts the device off");
    }
    return control(action.equals("status") ? unit : changeable(unit), action);
  }

  /// Targets and some services of systemd itself end the machine, for which there is another tool
  /// with another right.
  private static String changeable(String unit) {
    boolean service = unit.indexOf('.') < 0 || unit.matches(".*\\.(service|socket|timer)");
    if (!service || ENDING.matcher(unit).matches()) {
      throw new FieldException(
          "args.service", unit, "a service, socket or timer that does not end the machine");
    }
    return unit;
  }

  private static Job control(String unit, String action) {
    return Job.of(desk -> {
      if (!action.equals("status")) {
        desk.run(SYSTEM.and(action, "--", unit)).orFail();
      }
      desk.print(JsonObject.builder().put("action", action).putAll(state(desk, unit)).build());
    });
  }

  private static JsonObject state(Desk desk, String unit) throws IOException, InterruptedException {
    Printed shown =
        desk.run(
                SYSTEM.and(
                    "show", "--property=" + String.join(",", PROPERTIES.keySet()), "--", unit))
            .orFail();
    JsonObject.Builder state = JsonObject.builder();
    for (String line : shown.out().lines().toList()) {
      int equals = line.indexOf('=');
      String name = equals < 0 ? null : PROPERTIES.get(line.substring(0, equals));
      if (name == null) {
        continue;
      }
      String value = line.substring(equals + 1);
      if (List.of("main_pid", "restarts").contains(name) && value.matches("[0-9]{1,10}")) {
        state.put(name, Long.parseLong(value));
      } else {
        state.put(name, value);
      }
    }
    return state.build();
  }

  static Job list(JsonObject json) {
    new Args(json);
    return Job.of(desk -> {
      Printed listed =
          desk.run(SYSTEM.and("list-units", "--type=service", "--all", "--plain", "--no-legend"))
              .orFail();
      List<JsonObject> services = new ArrayList<>();
      for (String line : listed.out().lines().toList()) {
        String[] words = line.strip().split("\\s+", 5);
        if (words.length >= 4) {
          services.add(
              JsonObject.builder()
                  .put("unit", words[0])
                  .put("load_state", words[1])
                  .put("active_state", words[2])
                  .put("sub_state", words[3])
                  .put("description", words.length > 4 ? words[4] : "")
                  .build());
        }
      }
      desk.print(
          JsonObject.builder()
              .put("services", services)
              .put("truncated", listed.truncated())
              .build());
    });
  }

  static Job logs(JsonObject json) {
    Args args = new Args(json, "unit", "lines", "priority");
    Optional<String> unit = args.has("unit") ? Optional.of(unit(args, "unit")) : Optional.empty();
    List<String> more = new ArrayList<>();
    more.add("--lines=" + args.number("lines", 1, 200, 50));
    if (args.has("priority")) {
      more.add("--priority=" + args.word("priority", PRIORITIES));
    }
    unit.ifPresent(name -> more.add("--unit=" + name));
    Program journal = Program.of(JOURNALCTL, "--no-pager", "--quiet", "--output=json").and(more);
    return Job.of(desk -> {
      Printed printed = desk.run(journal).orFail();
      List<JsonObject> lines = new ArrayList<>();
      for (String line : printed.out().lines().toList()) {
        entry(line).ifPresent(lines::add);
      }
      if (lines.isEmpty() && !printed.err().isBlank()) {
        throw printed.failure();
      }
      desk.print(
          JsonObject.builder()
              .put("unit", unit)
              .put("lines", lines)
              .put("truncated", printed.truncated())
              .build());
    });
  }

  /// Empty for what was cut off.
  private static Optional<JsonObject> entry(String line) {
    try {
      JsonObject entry = Json.parseObject(line);
      JsonObject.Builder told = JsonObject.builder();
      entry
          .optString("__REALTIME_TIMESTAMP")
          .filter(micros -> micros.matches("[0-9]{1,18}"))
          .map(micros -> Instant.ofEpochMilli(Long.parseLong(micros) / 1000).toString())
          .ifPresent(time -> told.put("time", time));
      Object level = entry.asMap().get("PRIORITY");
      if (level instanceof String digit && digit.matches("[0-7]")) {
        told.put("priority", PRIORITIES[Integer.parseInt(digit)]);
      }
      told.put("unit", text(entry, "_SYSTEMD_UNIT"))
          .put("program", text(entry, "SYSLOG_IDENTIFIER"))
          .put("message", text(entry, "MESSAGE").orElse("(not text, or longer than 4 KiB)"));
      return Optional.of(told.build());
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  /// What is not text is a list of bytes in journalctl's JSON.
  private static Optional<String> text(JsonObject entry, String field) {
    return entry.asMap().get(field) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  private static String unit(Args args, String field) {
    String unit = args.text(field);
    if (!unit.matches("[a-zA-Z0-9@._:][a-zA-Z0-9@._:-]{0,255}")) {
      throw new FieldException("args." + field, unit, "a unit of systemd, such as nginx");
    }
    return unit;
  }
}
