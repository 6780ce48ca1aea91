package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.flag;
import static muster.tool.Argument.number;
import static muster.tool.Argument.path;
import static muster.tool.Argument.text;
import static muster.tool.Argument.textMap;
import static muster.tool.Argument.texts;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// The catalogue of tools.
public final class Tools {
  private static final long MEBIBYTE = 1024 * 1024;

  /// The first ones, which are every operator's: whoever may use `bash` may do the same by it.
  private static final List<Tool> USUAL =
      List.of(
          new Tool(
              "bash",
              List.of("execution.bash", "shell", "exec"),
              "Run a program, or a line for the shell, and print what it prints.",
              Risk.HIGH,
              Permission.COMMAND_EXECUTE,
              List.of(
                  text("command", "A line for the shell (bash where there is one)."),
                  texts("argv", "A program and its arguments, started as they are."),
                  text("cwd", "Where it starts, an absolute path; else the agent user's home."),
                  textMap("env", "Variables added to the agent's environment."),
                  text("stdin", "What it reads; else nothing.").unrecorded()),
              List.of(new Tool.Exclusive(List.of("command", "argv"), true)),
              false),
          new Tool(
              "system_info",
              List.of("system.info"),
              "Tell what the machine is and how it does, as one JSON object.",
              Risk.LOW,
              Permission.COMMAND_EXECUTE,
              List.of(),
              List.of(),
              true),
          new Tool(
              "read_file",
              List.of("filesystem.read"),
              "Print a part of a regular file.",
              Risk.MEDIUM,
              Permission.COMMAND_EXECUTE,
              List.of(
                  path("The file, an absolute path."),
                  number("offset", "The first byte; default 0.", 0, Long.MAX_VALUE),
                  number("limit", "How many bytes at most; default 1 MiB.", 1, MEBIBYTE),
                  choice("encoding", "How the bytes are printed; default utf8.", "utf8", "base64")),
              List.of(),
              true),
          new Tool(
              "write_file",
              List.of("filesystem.write", "file_write"),
              "Make or replace a regular file, wholly or not at all.",
              Risk.HIGH,
              Permission.COMMAND_EXECUTE,
              List.of(
                  path("The file, an absolute path."),
                  text("content", "The content as text.").unrecorded(),
                  text("content_b64", "The content as base64.").unrecorded(),
                  text("mode", "Its rights, such as 0644; default those of the old file, or 0644."),
                  flag("create_parents", "Make the directories that are missing.")),
              List.of(new Tool.Exclusive(List.of("content", "content_b64"), true)),
              true),
          new Tool(
              "list_files",
              List.of("filesystem.list"),
              "List what is in a directory, as JSON; symbolic links are not followed.",
              Risk.MEDIUM,
              Permission.COMMAND_EXECUTE,
              List.of(
                  path("The directory, an absolute path."),
                  flag("recursive", "Also what is in its directories."),
                  number("depth", "How many levels, with recursive; default 8.", 1, 32),
                  number("limit", "How many entries at most; default 1000.", 1, 10_000)),
              List.of(),
              true),
          new Tool(
              "http_request",
              List.of("network.http"),
              "Ask a web server from the device, and tell its answer as JSON.",
              Risk.MEDIUM,
              Permission.COMMAND_EXECUTE,
              List.of(
                  text("url", "http:// or https://, without user and password.")
                      .longest(8192)
                      .always(),
                  choice(
                      "method",
                      "Default GET.",
                      "GET",
                      "HEAD",
                      "POST",
                      "PUT",
                      "PATCH",
                      "DELETE",
                      "OPTIONS"),
                  textMap("headers", "Headers to send.").unrecorded(),
                  text("body", "What to send, as text, at most 256 KiB.").unrecorded(),
                  text("body_b64", "What to send, as base64, at most 256 KiB.").unrecorded(),
                  number("max_redirects", "How many to follow; default 5.", 0, 5)),
              List.of(new Tool.Exclusive(List.of("body", "body_b64"), false)),
              true));

  /// Every tool that this server knows.
  public static final List<Tool> ALL =
      Stream.of(
              USUAL,
              HostTools.ALL,
              FileTools.ALL,
              ServiceTools.ALL,
              NetworkTools.ALL,
              UpdateTools.ALL)
          .flatMap(List::stream)
          .toList();

  /// What one capability of other agents stands for.
  private static final Map<String, List<String>> GROUPS =
      Map.of("filesystem", List.of("read_file", "write_file", "list_files"));

  private static final Map<String, Tool> BY_NAME = byName();

  private Tools() {}

  private static Map<String, Tool> byName() {
    Map<String, Tool> tools = new HashMap<>();
    for (Tool tool : ALL) {
      tools.put(tool.name(), tool);
      tool.aliases().forEach(alias -> tools.put(alias, tool));
    }
    return tools;
  }

  /// By any of its names; empty for one that only some device knows.
  public static Optional<Tool> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /// By any of its names.
  ///
  /// @param field that named it
  /// @throws Fault INVALID_ARGUMENT with the names there are, for one that is not known
  public static Tool get(String field, String name) {
    return find(name)
        .orElseThrow(() ->
            Fault.invalid(
                field,
                name,
                ALL.stream()
                    .flatMap(tool -> Stream.concat(Stream.of(tool.name()), tool.aliases().stream()))
                    .filter(known -> known.indexOf('.') < 0)
                    .sorted()
                    .collect(Collectors.joining(", ", "one of ", ""))));
  }

  /// What using a tool takes; of one that is not known, no more than a command.
  public static Permission permission(String name) {
    return find(name).map(Tool::permission).orElse(Permission.COMMAND_EXECUTE);
  }

  /// @throws Fault as [Access#require]; of what needs more than a command, PERMISSION_DENIED naming
  ///   tool and permission
  public static void requireMayUse(Caller caller, String name) {
    Permission needed = permission(name);
    if (needed != Permission.COMMAND_EXECUTE && !Access.allows(caller, needed)) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "tool %s needs the permission %s".formatted(canonical(name), needed.word()),
          Map.of("permission", needed.word(), "tool", canonical(name)));
    }
    Access.require(caller, needed);
  }

  /// The one name of a tool: `bash` for `execution.bash`. A name that is not known stays itself.
  public static String canonical(String name) {
    return find(name).map(Tool::name).orElse(name);
  }

  /// Whether a capability that a device tells is that tool, or holds it.
  ///
  /// @param tool its canonical name
  public static boolean covers(String capability, String tool) {
    return canonical(capability).equals(tool)
        || GROUPS.getOrDefault(capability, List.of()).contains(tool);
  }

  /// Every capability that is a tool or holds it, by all their names.
  public static List<String> capabilitiesFor(String name) {
    String tool = canonical(name);
    return Stream.of(
            Stream.of(tool),
            find(tool).stream().flatMap(known -> known.aliases().stream()),
            GROUPS.keySet().stream().filter(group -> covers(group, tool)).sorted())
        .flatMap(names -> names)
        .toList();
  }
}
