package muster.agent.policy;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import org.jspecify.annotations.Nullable;

/// Reads `policy.json`. Strict: a section or key that is not known is a mistake, since a rule that
/// is overlooked is a hole.
final class PolicyParser {
  /// What a file says, section by section; a missing one allows everything.
  ///
  /// @param terminal empty where the rest decides
  record Sections(
      Rules tools,
      Rules read,
      Rules write,
      Commands commands,
      Rules http,
      Rules forward,
      Optional<Boolean> terminal,
      Limits limits,
      List<String> updateKeys) {
    static final Sections OPEN = parse(JsonObject.empty());
  }

  private static final String PROGRAM = "a program's name or absolute path, * for any part of it";
  private static final String TOOL = "a tool's name, * for any part of it";

  private final JsonObject file;

  private PolicyParser(JsonObject file) {
    this.file = file;
  }

  /// @throws FieldException naming the field
  static Sections parse(JsonObject file) {
    only(
        "",
        file,
        Set.of(
            "tools",
            "read",
            "write",
            "commands",
            "http",
            "forward",
            "terminal",
            "limits",
            "update_keys"));
    PolicyParser parser = new PolicyParser(file);
    return new Sections(
        parser.rules("tools", PolicyParser::tool),
        parser.rules("read", PolicyParser::path),
        parser.rules("write", PolicyParser::path),
        parser.commands(),
        parser.rules("http", HostRule::parse),
        parser.rules("forward", HostRule::parse),
        flag("terminal", file.asMap().get("terminal")),
        parser.limits(),
        parser.updateKeys());
  }

  private Rules rules(String section, Consumer<String> check) {
    JsonObject given = section(section, Set.of("allow", "deny"));
    return rules(section, given, check);
  }

  private static Rules rules(String section, JsonObject given, Consumer<String> check) {
    return new Rules(
        section,
        given.has("allow") ? Optional.of(list(section, given, "allow", check)) : Optional.empty(),
        list(section, given, "deny", check));
  }

  /// Who says which programs may run closes the ways around that, unless told otherwise.
  private Commands commands() {
    JsonObject given = section("commands", Set.of("allow", "deny", "shells", "env"));
    Rules programs = rules("commands", given, PolicyParser::program);
    boolean open = programs.allow().isEmpty();
    Optional<Set<String>> variables =
        given.has("env") || !open
            ? Optional.of(Set.copyOf(list("commands", given, "env", PolicyParser::variable)))
            : Optional.empty();
    return new Commands(
        programs, flag("commands.shells", given.asMap().get("shells")).orElse(open), variables);
  }

  /// Whose signatures updates must have; empty asks for none.
  private List<String> updateKeys() {
    if (!file.asMap().containsKey("update_keys")) {
      return List.of();
    }
    List<String> keys;
    try {
      keys = file.strings("update_keys");
    } catch (FieldException e) {
      throw new FieldException("update_keys", file.asMap().get("update_keys"), "a list of texts");
    }
    for (String key : keys) {
      if (!key.matches("RW[A-Za-z0-9+/]{54}")) {
        throw new FieldException("update_keys", key, "a public key of minisign, RW…");
      }
    }
    if (keys.isEmpty()) {
      throw new FieldException("update_keys", keys, "one at least");
    }
    return keys;
  }

  private Limits limits() {
    JsonObject given = section("limits", Set.of("running", "timeout_seconds", "file_bytes"));
    return new Limits(
        (int) number(given, "running", Limits.MOST.running()),
        number(given, "timeout_seconds", Limits.MOST.timeoutSeconds()),
        (int) number(given, "file_bytes", Limits.MOST.fileBytes()));
  }

  private static long number(JsonObject given, String field, long most) {
    String name = "limits." + field;
    OptionalLong value;
    try {
      value = given.optInteger(field);
    } catch (FieldException e) {
      throw new FieldException(name, given.asMap().get(field), "a whole number");
    }
    if (value.isPresent() && (value.getAsLong() < 1 || value.getAsLong() > most)) {
      throw new FieldException(name, value.getAsLong(), "1.." + most);
    }
    return value.orElse(most);
  }

  private JsonObject section(String name, Set<String> known) {
    // Absent means everything; null, which looks like nothing, must not.
    if (file.asMap().containsKey(name) && !file.has(name)) {
      throw new FieldException(name, null, "an object");
    }
    JsonObject given = file.optObject(name).orElse(JsonObject.empty());
    only(name + ".", given, known);
    return given;
  }

  private static void only(String prefix, JsonObject object, Set<String> known) {
    object
        .asMap()
        .forEach((key, value) -> {
          if (!known.contains(key)) {
            throw new FieldException(
                prefix + key,
                value,
                "one of " + String.join(", ", known.stream().sorted().toList()));
          }
          if (value == null) {
            throw new FieldException(prefix + key, null, "a value");
          }
        });
  }

  private static Optional<Boolean> flag(String field, @Nullable Object value) {
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Boolean flag) {
      return Optional.of(flag);
    }
    throw new FieldException(field, value, "true or false");
  }

  private static List<String> list(
      String section, JsonObject given, String key, Consumer<String> check) {
    String field = section + "." + key;
    List<String> rules;
    try {
      rules = given.strings(key);
    } catch (FieldException e) {
      throw new FieldException(field, given.asMap().get(key), "a list of texts");
    }
    List<String> checked = new ArrayList<>();
    for (String rule : rules) {
      try {
        check.accept(rule);
      } catch (IllegalArgumentException e) {
        throw new FieldException(
            field + "[" + checked.size() + "]", rule, String.valueOf(e.getMessage()));
      }
      checked.add(rule);
    }
    return checked;
  }

  private static void tool(String rule) {
    if (!rule.matches("[a-z0-9_.*-]{1,64}")) {
      throw new IllegalArgumentException(TOOL);
    }
  }

  private static void path(String rule) {
    try {
      Path path = Path.of(rule);
      if (path.isAbsolute() && path.equals(path.normalize())) {
        return;
      }
    } catch (InvalidPathException e) {
      // Told below.
    }
    throw new IllegalArgumentException("an absolute path without . and ..");
  }

  private static void program(String rule) {
    boolean isPath = rule.indexOf('/') >= 0;
    if (rule.isBlank() || isPath && !isAbsolute(rule)) {
      throw new IllegalArgumentException(PROGRAM);
    }
  }

  private static boolean isAbsolute(String rule) {
    try {
      return Path.of(rule).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static void variable(String name) {
    if (!name.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
      throw new IllegalArgumentException("the name of a variable");
    }
  }
}
