package muster.simulator;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/// `muster simulate`.
@Command(
    name = "muster simulate",
    header = "Run a fleet of virtual devices against a server.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Each speaks the device protocol over a connection of its own. They are enrolled with an"
          + " administrator's key, carry the tag \"simulated\", and are the same at the next start.",
      "",
      "An argument @FILE stands for the options in that file.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  muster simulate 50",
      "  muster simulate 5000 --cuts 4 --crashes 1 --commands 20 --duration 5m --check",
      "  muster simulate @storm.txt        # 10000 --storm 2m --duration 10m --check",
      "  muster simulate --remove"
    })
public final class Main implements Callable<Integer> {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  /// A slice has its own of these.
  private static final Set<String> OWN =
      Set.of("--processes", "--state", "--from", "--commands", "--truth");

  private final PrintStream out = System.out;

  @Spec @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "DEVICES", description = "how many (default: 50)")
  int devices = 50;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "default: MUSTER_SERVER or the profile's; the key is MUSTER_TOKEN's or its")
  @Nullable String server;

  @Option(
      names = "--duration",
      paramLabel = "T",
      description = "stop after that time, as in 90s, 5m, 1h (default: at Ctrl-C)")
  @Nullable Duration duration;

  @Option(
      names = "--commands",
      paramLabel = "RATE",
      description = "commands a second to submit, all over the fleet")
  double commands;

  @Option(
      names = "--check",
      description = "at the end compare all the server says with what happened; exit code 1 if not")
  boolean check;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description = "write down what every device truly did, as JSON lines")
  @Nullable Path truth;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "the fleet's credentials (default: simulator/fleet.jsonl beside the profile)")
  @Nullable Path state;

  @Option(
      names = "--processes",
      paramLabel = "N",
      description = "share the fleet among so many processes, each with open files of its own")
  int processes = 1;

  @Option(names = "--threads", paramLabel = "N", description = "event loops (default: 2)")
  int threads = 2;

  @Option(names = "--from", hidden = true, description = "the first machine's number")
  int from;

  @Option(names = "--remove", description = "delete the fleet's devices on the server, and end")
  boolean remove;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this help")
  @SuppressWarnings("unused") // picocli acts on it
  private boolean help;

  @Mixin Knobs knobs = new Knobs();

  public static void main(String[] args) {
    // Not to the log of a server that may be on the same class path.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    System.exit(line().execute(args));
  }

  static CommandLine line() {
    return new CommandLine(new Main())
        .registerConverter(Duration.class, new Durations())
        .setExecutionExceptionHandler((problem, command, result) -> failed(problem));
  }

  private static int failed(Exception problem) {
    boolean expected =
        problem instanceof IOException
            || problem instanceof IllegalArgumentException
            || problem instanceof IllegalStateException;
    System.err.println("muster: " + (expected ? problem.getMessage() : problem));
    if (!expected || System.getenv("MUSTER_DEBUG") != null) {
      problem.printStackTrace();
    }
    return problem instanceof IllegalArgumentException ? USAGE : FAILED;
  }

  @Override
  public Integer call() throws Exception {
    Locale.setDefault(Locale.ROOT);
    Account account = Account.find(Optional.ofNullable(server), System.getenv());
    if (devices < 1 || devices > 1_000_000) {
      throw new IllegalArgumentException("devices: %d (expected: 1..1000000)".formatted(devices));
    }
    if (remove) {
      return remove(account.api());
    }
    if (processes > 1) {
      return new Processes(processes, devices, stateFile(), out).run(jvm(), options());
    }
    return simulate(account);
  }

  private Path stateFile() {
    return state != null ? state : Fleet.in(Account.home(System.getenv()));
  }

  /// How this very process was started, without its options.
  private static List<String> jvm() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    return command;
  }

  /// What a slice is told as well: all but the number of devices and of processes.
  private List<String> options() {
    List<String> options = new ArrayList<>();
    for (ArgSpec matched : parsed().matchedArgs()) {
      if (matched instanceof OptionSpec option && !OWN.contains(option.longestName())) {
        options.add(option.longestName());
        if (option.arity().max() > 0) {
          options.addAll(option.originalStringValues());
        }
      }
    }
    if (commands > 0) {
      options.addAll(List.of("--commands", Double.toString(commands / processes)));
    }
    return options;
  }

  private ParseResult parsed() {
    return Objects.requireNonNull(spec).commandLine().getParseResult();
  }

  private int simulate(Account account) throws IOException, InterruptedException {
    OpenFiles.require(devices);
    Scenario scenario = knobs.scenario();
    Api api = account.api();
    Fleet fleet = Fleet.open(stateFile(), account.endpoint(), scenario.seed());
    int to = from + devices;
    try (Simulation simulation =
        new Simulation(account.endpoint(), scenario, fleet, threads, Optional.ofNullable(truth))) {
      long began = System.nanoTime();
      Set<String> known = api.deviceIds();
      int fresh = simulation.enrol(from, to, api::enrolmentToken, known::contains);
      double seconds = (System.nanoTime() - began) / 1e9;
      if (fresh > 0) {
        out.printf(
            "Enrolled %,d virtual devices in %.1f s (%,.0f/s); their tag is \"%s\".%n",
            fresh, seconds, fresh / seconds, Machine.TAG);
      } else {
        out.printf("The %,d virtual devices of %s are back.%n", devices, stateFile());
      }
      simulation.start(from, to);
      boolean clean =
          new Run(simulation, api, Optional.ofNullable(duration), commands, check, out)
              .untilTheEnd();
      return clean ? 0 : FAILED;
    }
  }

  private int remove(Api api) throws IOException, InterruptedException {
    int removed = 0;
    for (Path file : Processes.files(stateFile())) {
      for (String id : Fleet.ids(file)) {
        try {
          api.delete("/v1/devices/" + id);
          removed++;
        } catch (Api.Refused refused) {
          if (refused.status() != 404) {
            throw refused;
          }
        }
      }
      Files.deleteIfExists(file);
    }
    out.printf("Removed %,d virtual devices.%n", removed);
    return 0;
  }
}
