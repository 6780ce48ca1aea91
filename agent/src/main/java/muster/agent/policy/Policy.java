package muster.agent.policy;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import muster.wire.JsonObject;
import muster.wire.PolicySummary;

/// The rules in force on this device. Immutable; every `require…` throws [DeniedException].
public final class Policy {
  /// What a file of the kernel's is no file for.
  private static final List<Path> KERNEL =
      List.of(Path.of("/proc"), Path.of("/sys"), Path.of("/dev"));

  private static final String SHELL_TOOL = "bash";

  private final PolicySummary summary;
  private final Rules tools;
  private final Rules read;
  private final Rules write;
  private final Commands commands;
  private final Hosts http;
  private final Hosts forward;
  private final Optional<Boolean> terminal;
  private final Limits limits;
  private final List<String> updateKeys;
  private final List<Path> closed;

  private Policy(PolicySummary summary, PolicyParser.Sections sections, Optional<Path> own) {
    this.summary = summary;
    tools = sections.tools();
    read = sections.read();
    write = sections.write();
    commands = sections.commands();
    http = new Hosts(sections.http());
    forward = new Hosts(sections.forward());
    terminal = sections.terminal();
    limits = sections.limits();
    updateKeys = sections.updateKeys();
    closed = new ArrayList<>(KERNEL);
    own.ifPresent(closed::add);
  }

  /// There are no rules: all is allowed that the agent's user can do.
  ///
  /// @param own the agent's directory, which no tool for files may enter; empty when it has none
  public static Policy open(Optional<Path> own) {
    return new Policy(PolicySummary.NONE, PolicyParser.Sections.OPEN, own);
  }

  /// The rules of a file.
  ///
  /// @throws muster.wire.JsonException with what is wrong in it
  static Policy of(JsonObject file, Path own) {
    return new Policy(PolicySummary.inForce(file), PolicyParser.parse(file), Optional.of(own));
  }

  /// The file cannot be used: nothing is allowed.
  static Policy broken(String problem, Path own) {
    return new Policy(PolicySummary.broken(problem), PolicyParser.Sections.OPEN, Optional.of(own));
  }

  /// What the server is told about it.
  public PolicySummary summary() {
    return summary;
  }

  /// Whether the device's owner has written any.
  public boolean hasRules() {
    return !summary.equals(PolicySummary.NONE);
  }

  public Limits limits() {
    return limits;
  }

  /// Public keys of minisign, one of which must have signed an update; empty = none is asked for.
  public List<String> updateKeys() {
    return updateKeys;
  }

  public void requireTool(String tool) {
    requireWhole();
    tools.require(tool, rule -> Glob.matches(rule, tool));
  }

  /// Whether [#requireTool] would let it pass.
  public boolean allowsTool(String tool) {
    try {
      requireTool(tool);
      return true;
    } catch (DeniedException e) {
      return false;
    }
  }

  /// A path as it was given; what it leads to is another question ([#requireOpened]).
  public void requirePath(Access access, Path path) {
    requireOutside(path, path);
    rules(access).require(path.toString(), rule -> path.startsWith(Path.of(rule)));
  }

  /// What a path leads to, without any symbolic link in it.
  ///
  /// @param given as the refusal names it
  /// @param real of the file
  public void requireOpened(Access access, Path given, Path real) {
    requireOutside(given, real);
    String what = given.equals(real) ? given.toString() : given + " (" + real + ")";
    Predicate<String> hits =
        rule -> real.startsWith(RealPath.of(Path.of(rule))) || real.startsWith(Path.of(rule));
    // A denied path stays denied under its other name; an allowed one must really be there.
    rules(access).require(what, rule -> real.startsWith(RealPath.of(Path.of(rule))), hits);
  }

  private void requireOutside(Path given, Path path) {
    for (Path root : closed) {
      if (path.startsWith(root) || path.startsWith(RealPath.of(root))) {
        throw new DeniedException(given + ": " + root + " is closed to all tools for files");
      }
    }
  }

  /// @param shell the program that a line is for
  public void requireShell(String shell) {
    commands.requireShell(shell);
  }

  /// @param program as it was given, the first word of `argv`
  public void requireProgram(String program) {
    commands.requireProgram(program);
  }

  /// What [#requireShell] or [#requireProgram] let pass, when it is about to be started.
  ///
  /// @param given as it was asked for
  /// @param found the absolute path that it was found under
  public void requireFound(String given, String found) {
    commands.requireFound(given, found);
  }

  /// @param name of a variable of the environment
  public void requireVariable(String name) {
    commands.requireVariable(name);
  }

  /// Before a name server is asked.
  public void requireHttpHost(String host, int port) {
    http.requireName(host, port);
  }

  /// Before connecting to the address that the host's name stands for.
  public void requireHttpAddress(String host, InetAddress address, int port) {
    http.requireUsual(host, address, port);
  }

  /// Before a host is asked for by name, or a name server about it, by other means than http. The
  /// rules are those of http, as far as they name no port.
  public void requireHost(String host) {
    http.requireName(host, Hosts.ANY_PORT);
  }

  /// Before the address that the host's name stands for is spoken with.
  public void requireAddress(String host, InetAddress address) {
    http.requireUsual(host, address, Hosts.ANY_PORT);
  }

  /// Before connecting to the address that the host's name stands for.
  public void requireForward(String host, InetAddress address, int port) {
    requireWhole();
    forward.requireOwn(host, address, port);
  }

  /// Unless told otherwise, whoever may not run a line in the shell may not have the shell.
  ///
  /// @param shell the path of the program that would be started
  public void requireTerminal(String shell) {
    requireWhole();
    if (!terminal.orElseGet(() -> commands.shells() && allowsTool(SHELL_TOOL))) {
      throw new DeniedException("terminal: false");
    }
    if (terminal.isEmpty()) {
      commands.requireFound(shell, shell);
    }
  }

  private void requireWhole() {
    if (summary.state() == PolicySummary.State.BROKEN) {
      throw new DeniedException(
          "policy.json cannot be used: " + summary.problem().orElse("unknown"));
    }
  }

  private Rules rules(Access access) {
    return access == Access.READ ? read : write;
  }

  /// What a file is opened for.
  public enum Access {
    READ,
    WRITE
  }
}
