package muster.agent;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import muster.agent.enroll.Credential;
import muster.agent.enroll.RefusedException;
import muster.agent.log.Log;
import muster.agent.state.StateDir;
import muster.agent.state.StatusFile;

/// The command line of the agent: `muster-agent enroll | pair | adopt | run | status`.
public final class Main {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int REFUSED = 3;

  /// An update has brought another version of the agent: whoever started this one starts that.
  static final int START_ANEW = 75;

  /// `enroll` gives up after a few minutes of trying; `run` never does.
  private static final int ENROLL_ATTEMPTS = 8;

  /// A code lives for minutes, and somebody waits for the answer.
  private static final int PAIR_ATTEMPTS = 5;

  /// A little more than a session and its commands need to end.
  private static final int STOP_SECONDS = 20;

  private final PrintStream out;
  private final PrintStream err;
  private final Person person;
  private final Log log;

  private Main(PrintStream out, PrintStream err, Person person) {
    this.out = out;
    this.err = err;
    this.person = person;
    this.log = new Log(err, InstantSource.system());
  }

  public static void main(String[] args) {
    PrintStream out = utf8(FileDescriptor.out);
    PrintStream err = utf8(FileDescriptor.err);
    System.exit(run(List.of(args), System.getenv(), out, err, Person.atTerminal(out)));
  }

  /// The whole program but for the process's exit.
  ///
  /// @return the exit status
  static int run(
      List<String> arguments,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      Person person) {
    Main main = new Main(out, err, person);
    try {
      return main.run(CommandLine.parse(arguments, environment));
    } catch (UsageException e) {
      err.println("muster-agent: " + Log.printable(Log.reason(e)));
      err.println("muster-agent: see muster-agent --help");
      return USAGE;
    } catch (RefusedException e) {
      err.println("muster-agent: the server refused: " + Log.printable(Log.reason(e)));
      return REFUSED;
    } catch (IOException e) {
      err.println("muster-agent: " + Log.printable(describe(e)));
      return FAILED;
    } catch (InterruptedException e) {
      return FAILED;
    }
  }

  private int run(Options options)
      throws UsageException, RefusedException, IOException, InterruptedException {
    Path path =
        options
            .state()
            .orElseGet(() ->
                StateDir.defaultPath(
                    System.getProperty("user.name", ""),
                    Path.of(System.getProperty("user.home", "/"))));
    switch (options.command()) {
      case HELP:
        out.print(CommandLine.USAGE);
        return DONE;
      case VERSION:
        out.println("muster-agent " + Version.TEXT);
        return DONE;
      case STATUS:
        return status(new StateDir(path));
      case ENROLL:
        return enroll(options, StateDir.create(path));
      case PAIR:
        return pair(options, StateDir.create(path));
      case ADOPT:
        return adopt(options, StateDir.create(path));
      default:
        return daemon(options, StateDir.create(path));
    }
  }

  private int status(StateDir state) throws IOException {
    Optional<Credential> credential = Credential.load(state.credential());
    if (credential.isEmpty()) {
      out.println("not enrolled (no " + state.credential() + ")");
      return FAILED;
    }
    out.println("device   " + credential.get().deviceId() + named(credential.get()));
    out.println("server   " + credential.get().server());
    out.println("state    " + state.path());
    boolean running = state.inUse();
    String link = StatusFile.read(state.status()).orElse("no word yet");
    out.println("agent    " + (running ? Log.printable(link) : "not running"));
    return DONE;
  }

  private int pair(Options options, StateDir state)
      throws UsageException, RefusedException, IOException, InterruptedException {
    Optional<Credential> present = Credential.load(state.credential());
    if (present.isPresent() && !options.force()) {
      out.println("enrolled already, as " + present.get() + "; --force pairs again");
      return FAILED;
    }
    try (FileChannel lock = lock(state)) {
      Pairing.Paired paired = new Pairing(options, state, person, log).pair(PAIR_ATTEMPTS);
      Credential credential = paired.credential();
      out.println("paired as " + credential + named(credential) + ", kept in " + state.path());
      out.println(
          paired.isApproved()
              ? "approved; connect it with: muster-agent run"
              : "it waits for approval on the server; muster-agent run connects it once it has that");
      return lock.isOpen() ? DONE : FAILED;
    }
  }

  private int enroll(Options options, StateDir state)
      throws UsageException, RefusedException, IOException, InterruptedException {
    Optional<Credential> present = Credential.load(state.credential());
    if (present.isPresent() && !options.force()) {
      boolean same = options.server().equals(Optional.of(present.get().server()));
      out.println(
          (same || options.server().isEmpty() ? "already enrolled as " : "enrolled elsewhere, as ")
              + present.get()
              + "; --force enrols again");
      return same || options.server().isEmpty() ? DONE : FAILED;
    }
    try (FileChannel lock = lock(state)) {
      Credential credential = new Enrollment(options, state, log).enroll(ENROLL_ATTEMPTS);
      out.println("enrolled as " + credential + named(credential) + ", kept in " + state.path());
      return lock.isOpen() ? DONE : FAILED;
    }
  }

  private int adopt(Options options, StateDir state) throws UsageException, IOException {
    Optional<Credential> present = Credential.load(state.credential());
    if (present.isPresent() && !options.force()) {
      out.println(
          "enrolled already, as " + present.get() + "; --force adopts another device's key");
      return FAILED;
    }
    try (FileChannel lock = lock(state)) {
      Credential credential = new Enrollment(options, state, log).adopt();
      out.println("adopted " + credential + ", kept in " + state.path());
      return lock.isOpen() ? DONE : FAILED;
    }
  }

  private int daemon(Options options, StateDir state)
      throws UsageException, RefusedException, IOException, InterruptedException {
    try (FileChannel lock = lock(state)) {
      log.info("muster-agent " + Version.TEXT + ", state in " + state.path());
      Optional<Credential> present = Credential.load(state.credential());
      Credential credential =
          present.isPresent()
              ? present.get()
              : new Enrollment(options, state, log).enroll(Integer.MAX_VALUE);
      log.info((present.isPresent() ? "enrolled as " : "newly enrolled as ") + credential);
      if (options.server().filter(server -> !server.equals(credential.server())).isPresent()) {
        log.warn("--server is not used: enroll --force moves this device to another server");
      }
      Daemon daemon = Daemon.create(credential, state, log);
      CountDownLatch ended = stopOnSignal(daemon);
      boolean anew = daemon.run();
      log.info(anew ? "stopped, for another version to start" : "stopped");
      ended.countDown();
      if (!lock.isOpen()) {
        return FAILED;
      }
      return anew ? START_ANEW : DONE;
    }
  }

  /// On TERM or INT the daemon ends in order, before the JVM does.
  private static CountDownLatch stopOnSignal(Daemon daemon) {
    CountDownLatch ended = new CountDownLatch(1);
    Thread hook =
        new Thread(
            () -> {
              daemon.stop();
              try {
                ended.await(STOP_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return ended;
  }

  private static FileChannel lock(StateDir state) throws IOException {
    return state
        .lock()
        .orElseThrow(() -> new IOException("another muster-agent process uses " + state.path()));
  }

  private static String named(Credential credential) {
    return credential.name().map(name -> " (" + Log.printable(name) + ")").orElse("");
  }

  private static String describe(IOException e) {
    return e instanceof java.nio.file.FileSystemException
        ? e.getClass().getSimpleName().replace("Exception", "") + ": " + e.getMessage()
        : Log.reason(e);
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
