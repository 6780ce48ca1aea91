package muster.tool;

import static muster.tool.Argument.choice;
import static muster.tool.Argument.flag;
import static muster.tool.Argument.number;
import static muster.tool.Argument.text;
import static muster.tool.Argument.textMap;
import static muster.tool.Argument.texts;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The catalogue of tools.
public final class Tools {
  private static final long MEBIBYTE = 1024 * 1024;
  private static final int MAX_PATH = 4096;

  /// Every tool that this server knows.
  public static final List<Tool> ALL =
      List.of(
          new Tool(
              "bash",
              List.of("execution.bash", "shell", "exec"),
              "Run a program, or a line for the shell, and print what it prints.",
              Risk.HIGH,
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
              List.of(),
              List.of(),
              true),
          new Tool(
              "read_file",
              List.of("filesystem.read"),
              "Print a part of a regular file.",
              Risk.MEDIUM,
              List.of(
                  path("The file, an absolute path."),
                  number("offset", "The first byte; default 0.", 0, Long.MAX_VALUE),
                  number("limit", "How many bytes at most; default 1 MiB.", 1, MEBIBYTE),
                  choice("encoding", "How the bytes are printed; default utf8.", "utf8", "base64")),
              List.of(),
              true),
          new Tool(
              "write_file",
              List.of("filesystem.write"),
              "Make or replace a regular file, wholly or not at all.",
              Risk.HIGH,
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

  /// What one capability of other agents stands for.
  private static final Map<String, List<String>> GROUPS =
      Map.of("filesystem", List.of("read_file", "write_file", "list_files"));

  private static final Map<String, Tool> BY_NAME = byName();

  private Tools() {}

  private static Argument path(String description) {
    return text("path", description).longest(MAX_PATH).always();
  }

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
