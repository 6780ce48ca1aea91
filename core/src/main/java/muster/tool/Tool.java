package muster.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import muster.auth.Permission;
import muster.fault.Fault;

/// A tool that devices may have.
///
/// @param aliases other names for it, as capability and as tool
/// @param permission that its user needs
/// @param exclusive groups of arguments of which not two may be given
/// @param closed whether it takes no other arguments than these
public record Tool(
    String name,
    List<String> aliases,
    String description,
    Risk risk,
    Permission permission,
    List<Argument> arguments,
    List<Exclusive> exclusive,
    boolean closed) {

  /// @param needed whether one of them must be given
  record Exclusive(List<String> names, boolean needed) {}

  public Tool {
    aliases = List.copyOf(aliases);
    arguments = List.copyOf(arguments);
    exclusive = List.copyOf(exclusive);
  }

  static Tool low(String name, String description, Argument... arguments) {
    return closed(name, description, Risk.LOW, Permission.COMMAND_EXECUTE, arguments);
  }

  static Tool medium(String name, String description, Argument... arguments) {
    return closed(name, description, Risk.MEDIUM, Permission.COMMAND_EXECUTE, arguments);
  }

  static Tool high(String name, String description, Argument... arguments) {
    return closed(name, description, Risk.HIGH, Permission.COMMAND_ADMINISTER, arguments);
  }

  private static Tool closed(
      String name, String description, Risk risk, Permission permission, Argument... arguments) {
    return new Tool(
        name, List.of(), description, risk, permission, List.of(arguments), List.of(), true);
  }

  /// Exactly one of these arguments must be given.
  Tool oneOf(String... names) {
    return new Tool(
        name,
        aliases,
        description,
        risk,
        permission,
        arguments,
        List.of(new Exclusive(List.of(names), true)),
        closed);
  }

  /// What it takes, as JSON Schema (draft 2020-12).
  public Map<String, Object> argsSchema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    arguments.forEach(argument -> properties.put(argument.name(), argument.schema()));
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("properties", properties);
    List<String> required =
        arguments.stream().filter(Argument::required).map(Argument::name).toList();
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    for (Exclusive group : exclusive) {
      if (group.needed()) {
        schema.put(
            "oneOf",
            group.names().stream().map(name -> Map.of("required", List.of(name))).toList());
      } else {
        schema.put("not", Map.of("required", group.names()));
      }
    }
    if (closed) {
      schema.put("additionalProperties", false);
    }
    return schema;
  }

  /// Holds arguments to the schema. What only the device can know is left to it.
  ///
  /// @throws Fault INVALID_ARGUMENT naming `args.…`
  public void check(Map<String, Object> args) {
    List<String> names = arguments.stream().map(Argument::name).toList();
    for (String name : args.keySet()) {
      if (closed && !names.contains(name)) {
        throw Fault.invalid(
            "args." + name,
            "unknown",
            names.isEmpty() ? "no arguments" : "one of " + String.join(", ", names));
      }
    }
    arguments.forEach(argument -> argument.check(args.get(argument.name())));
    for (Exclusive group : exclusive) {
      long given = group.names().stream().filter(name -> args.get(name) != null).count();
      if (given > 1 || group.needed() && given == 0) {
        throw Fault.invalid(
            "args",
            given == 0 ? "none of these" : "several of these",
            String.join(" or ", group.names()));
      }
    }
  }

  /// The arguments that may stand in records, on one line.
  public String recorded(Map<String, Object> args) {
    return arguments.stream()
        .filter(argument -> !argument.quiet() && args.get(argument.name()) != null)
        .map(argument -> argument.name() + "=" + args.get(argument.name()))
        .collect(Collectors.joining(" "));
  }
}
