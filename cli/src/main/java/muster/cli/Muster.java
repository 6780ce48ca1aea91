package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The operator's program: the list of its commands, and how every run begins and ends.
@Command(
    name = "muster",
    header = "Watch, operate and enroll the machines of a fleet.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = "muster <command> [<options>]",
    optionListHeading = "Options of every command:%n",
    sortOptions = false,
    footerHeading = "%nExit codes:%n",
    footer = {
      "    0  done",
      "    1  failed",
      "    2  wrong usage: the command line, or what it asked for",
      "    3  not logged in, or not allowed",
      "    4  not found",
      "    5  the server cannot be reached",
      "  exec, command --follow and shell: the exit code on the device, or",
      "  124  timed out there",
      "  125  could not run, expired, or lost",
      "  130  cancelled",
      "",
      "Examples:",
      "  muster devices --filter 'status:online AND tag:prod'",
      "  muster exec web-1 -- uname -a",
      "  muster token create --name web-2 --tag prod",
      "",
      "Tables are for terminals; piped output is tab-separated, with --json it is JSON."
    })
public final class Muster implements Runnable {

  /// In the order of the help.
  private static final Map<String, List<Class<?>>> GROUPS = groups();

  @Mixin private final Session session;

  @SuppressWarnings("unused") // picocli acts on it
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show help; muster <command> --help for a command.")
  private boolean help;

  private Muster(Session session) {
    this.session = session;
  }

  private static Map<String, List<Class<?>>> groups() {
    Map<String, List<Class<?>>> groups = new LinkedHashMap<>();
    groups.put(
        "Server",
        List.of(
            ServerCommands.Up.class,
            ServerCommands.Serve.class,
            ServerCommands.Simulate.class,
            DoctorCommand.class,
            BackupCommand.class,
            ServerCommands.Restore.class));
    groups.put(
        "Devices",
        List.of(
            DeviceCommands.All.class,
            DeviceCommands.One.class,
            ConnectionsCommand.class,
            TokenCommand.class,
            PairCommand.class,
            DeployCommand.class,
            ApprovalCommands.Approve.class,
            ApprovalCommands.Deny.class,
            ApprovalCommands.Block.class,
            ApprovalCommands.Unblock.class,
            ApprovalCommands.Revoke.class,
            GroupCommand.class));
    groups.put(
        "Commands",
        List.of(
            ExecCommand.class,
            CommandCommands.All.class,
            CommandCommands.One.class,
            CommandCommands.Cancel.class));
    groups.put("Live", List.of(LogsCommand.class, MetricsCommand.class));
    groups.put("Files", List.of(CpCommand.class, TransfersCommand.class));
    groups.put(
        "Updates", List.of(BinaryCommand.class, UpdateCommand.class, DeploymentCommand.class));
    groups.put("Events", List.of(EventsCommand.class, WebhookCommand.class));
    groups.put(
        "Remote",
        List.of(
            ShellCommand.class,
            ForwardCommand.class,
            SessionsCommand.class,
            RecordingsCommand.class));
    groups.put(
        "Access",
        List.of(
            AccountCommands.Login.class,
            AccountCommands.Logout.class,
            KeyCommand.class,
            UserCommand.class));
    groups.put(
        "Other",
        List.of(
            AuditCommand.class,
            ServerCommands.Status.class,
            ServerCommands.Version.class,
            CompletionCommand.class,
            Help.class));
    return groups;
  }

  /// The name first, then the aliases.
  private static List<String> names(Class<?> command) {
    Command annotation = Objects.requireNonNull(command.getAnnotation(Command.class));
    List<String> names = new ArrayList<>(List.of(annotation.name()));
    names.addAll(List.of(annotation.aliases()));
    return names;
  }

  /// Never returns: the process ends with one of [Exit].
  public static void main(String[] args) {
    System.exit(run(readable(args), new ProcessTerminal()));
  }

  static int run(String[] args, Terminal terminal) {
    try {
      return commandLine(terminal, args).execute(args);
    } finally {
      terminal.out().flush();
    }
  }

  /// The version in the jar's manifest.
  static String version() {
    String version = Muster.class.getPackage().getImplementationVersion();
    return version == null ? "unpackaged" : version;
  }

  /// In a locale without UTF-8 the JVM turns what it cannot decode in its arguments into U+FFFD;
  /// the kernel still has the bytes.
  private static String[] readable(String[] args) {
    if (Arrays.stream(args).noneMatch(arg -> arg.indexOf('\uFFFD') >= 0)) {
      return args;
    }
    try {
      String[] all =
          new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), UTF_8).split("\0", -1);
      int end = all.length - 1;
      return end < args.length ? args : Arrays.copyOfRange(all, end - args.length, end);
    } catch (IOException noProc) {
      return args;
    }
  }

  /// With the commands that `args` name; with all of them when it names none. Reading the
  /// annotations of all takes longer than most commands.
  static CommandLine commandLine(Terminal terminal, String... args) {
    Session session = new Session(terminal);
    CommandLine line = new CommandLine(new Muster(session), new Factory(session));
    List<Class<?>> named = named(Arrays.asList(args));
    (named.isEmpty() ? all() : named).forEach(line::addSubcommand);
    Map<String, List<String>> headings = new LinkedHashMap<>();
    GROUPS.forEach((heading, commands) ->
        headings.put(
            heading, commands.stream().map(command -> names(command).getFirst()).toList()));
    new HelpText(headings).apply(line);
    return line.setOut(new PrintWriter(terminal.out(), true, UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, UTF_8))
        .setColorScheme(CommandLine.Help.defaultColorScheme(terminal.colour() ? Ansi.ON : Ansi.OFF))
        .setUsageHelpWidth(terminal.outIsTerminal() ? Math.clamp(terminal.width(), 60, 100) : 80)
        .setExpandAtFiles(false)
        .setExecutionExceptionHandler((e, at, parsed) -> explain(e, terminal))
        .setParameterExceptionHandler((e, wrong) -> explain(e, terminal));
  }

  /// Commands get the session by their constructor; everything else is picocli's business.
  private record Factory(Session session) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      for (var constructor : type.getDeclaredConstructors()) {
        if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Session.class})) {
          try {
            return type.cast(constructor.newInstance(session));
          } catch (InvocationTargetException e) {
            throw new IllegalStateException(e);
          }
        }
      }
      return CommandLine.defaultFactory().create(type);
    }
  }

  private static List<Class<?>> all() {
    return GROUPS.values().stream().<Class<?>>mapMulti(List::forEach).toList();
  }

  private static List<Class<?>> named(List<String> words) {
    return all().stream().filter(command -> !Collections.disjoint(names(command), words)).toList();
  }

  /// One line on stderr; the stack trace with `MUSTER_DEBUG=1`.
  private static int explain(Exception e, Terminal terminal) {
    terminal.out().flush();
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    int exit =
        switch (e) {
          case Failure failure -> failure.exit();
          case ApiException refused -> refused.exit();
          case ParameterException wrong -> {
            message = usage(wrong);
            yield Exit.USAGE;
          }
          default -> {
            message = "unexpected: " + e + " (MUSTER_DEBUG=1 shows where)";
            yield Exit.FAILURE;
          }
        };
    terminal.err().println("muster: " + Text.visible(message));
    if (terminal.env("MUSTER_DEBUG").isPresent()) {
      e.printStackTrace(terminal.err());
    }
    return exit;
  }

  private static String usage(ParameterException wrong) {
    String message = String.valueOf(wrong.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    CommandLine at = wrong.getCommandLine();
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      String word = unmatched.getUnmatched().getFirst();
      Optional<String> near =
          unmatched.getSuggestions().stream()
              .filter(s -> Text.distance(s, word) <= word.length() / 3)
              .findFirst();
      if (!unmatched.isUnknownOption()) {
        message = (at.getSubcommands().isEmpty() ? "too much: " : "no such command: ") + word;
      }
      if (at.getCommand() instanceof ExecCommand
          || at.getCommand() instanceof GroupExecCommands.Exec) {
        message += "; put -- before the command to run";
      } else if (near.isPresent()) {
        message += "; did you mean " + near.get() + "?";
      }
    }
    return message + " (" + at.getCommandSpec().qualifiedName() + " --help)";
  }

  @Command(name = "help", header = "Show help, of everything or of a command.")
  static final class Help implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "<command>")
    private List<String> command = new ArrayList<>();

    private final Session session;

    Help(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      if (!command.isEmpty() && named(command).isEmpty()) {
        throw new Failure(
            Exit.USAGE, "no such command: " + command.getFirst() + " (muster --help)");
      }
      List<String> words = new ArrayList<>(command);
      words.add("--help");
      return Muster.run(words.toArray(String[]::new), session.terminal());
    }
  }

  @Override
  public void run() {
    commandLine(session.terminal()).usage(session.terminal().out());
  }
}
