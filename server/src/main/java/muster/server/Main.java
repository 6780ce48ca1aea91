package muster.server;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import muster.account.Credentials;
import muster.account.Keys;
import muster.audit.Audit;
import muster.auth.Token;
import muster.backup.DataDirectory;
import muster.device.DeviceFields;
import muster.fault.Fault;
import muster.store.AuditAnchorFile;
import muster.store.SqlAuditStore;
import muster.store.SqlCredentialStore;
import muster.store.SqlUserStore;
import muster.store.SqliteDatabase;
import muster.store.StoreException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The server's program: `up` for a first look and one machine, `serve` for a service, `admin-key`
/// for whoever lost theirs, `audit verify --data` for whoever has the files only.
@Command(
    name = "muster",
    description = "Muster's server.",
    subcommands = {
      Main.Serve.class,
      Main.UpCommand.class,
      Main.AdminKey.class,
      AuditCommands.class,
      BackupCommands.Backup.class,
      BackupCommands.Restore.class,
      DoctorCommand.class
    })
public final class Main {
  private static final int FAILED = 1;
  private static final int MAX_SIMULATED = 1_000;
  private static final int STORE_FAILED = 74; // sysexits.h: an error while doing I/O

  /// In what can stand in a header, and long enough not to be guessed.
  private static final Pattern CHOSEN_KEY = Pattern.compile("(?=.{48,128}$)\\w+");

  private Main() {}

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = CommandLine.ScopeType.INHERIT,
      description = "show this and exit")
  boolean help;

  public static void main(String[] args) {
    Locale.setDefault(Locale.ROOT); // digits and dates of this place have no business in protocols
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler((problem, command, result) -> failed(problem));
    System.exit(line.execute(args));
  }

  private static int failed(Exception problem) {
    if (problem instanceof Fault || problem instanceof ConfigFile.Mistakes) {
      System.err.println("muster: " + problem.getMessage());
    } else {
      problem.printStackTrace();
    }
    return FAILED;
  }

  /// Ends the process at once, without closing anything: what the store now believes of its file
  /// may be wrong. A supervisor starts it again, and the start recovers or says what is wrong.
  static void storeFailed(StoreException problem) {
    System.err.println("muster: the store failed, the server ends: " + problem.getMessage());
    Runtime.getRuntime().halt(STORE_FAILED);
  }

  /// What every command takes.
  static final class Settings {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "a file like examples/muster.yaml")
    @Nullable Path file;

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "the data directory (default: ~/.muster)")
    @Nullable String data;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "listen on this address only")
    @Nullable String bind;

    @Option(names = "--port", paramLabel = "PORT", description = "the port (default: 18781)")
    @Nullable String port;

    @Option(
        names = "--public-url",
        paramLabel = "URL",
        description = "under which other machines reach this server")
    @Nullable String publicUrl;

    /// The file and the environment, with what the command line says on top.
    Config config() {
      Map<String, String> options = new LinkedHashMap<>();
      put(options, "data", data);
      put(options, "server.bind", bind);
      put(options, "server.port", port);
      put(options, "server.public_url", publicUrl);
      Config config = ConfigFile.load(Optional.ofNullable(file), System.getenv(), options);
      String home = System.getenv("MUSTER_HOME");
      boolean homeDecides = data == null && System.getenv("MUSTER_DATA") == null;
      return homeDecides && home != null && !home.isBlank()
          ? config.withData(Path.of(home))
          : config;
    }

    private static void put(Map<String, String> options, String key, @Nullable String value) {
      if (value != null) {
        options.put(key, value);
      }
    }
  }

  /// The first administrator's key from the environment, if somebody chose it.
  static Optional<Token> chosenKey(Map<String, String> environment) {
    String text = environment.getOrDefault("MUSTER_ADMIN_KEY", "").strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Token> token =
        Token.parse(text)
            .filter(parsed -> parsed.kind() == Token.Kind.KEY)
            .filter(parsed -> CHOSEN_KEY.matcher(text).matches());
    if (token.isEmpty()) {
      // Never the value: it is a secret.
      throw Fault.invalid(
          "MUSTER_ADMIN_KEY",
          "…",
          "mk_<id>_<secret> of at least 48 characters, letters and digits");
    }
    return token;
  }

  @Command(name = "serve", description = "Runs the server in the foreground.")
  static final class Serve implements Runnable {
    @CommandLine.Mixin Settings settings = new Settings();

    @Override
    public void run() {
      Config config = settings.config();
      LogSetup.apply(Optional.empty(), config.log());
      MusterServer server =
          MusterServer.start(
              config, InstantSource.system(), chosenKey(System.getenv()), Main::storeFailed);
      server
          .firstKey()
          .ifPresent(key ->
              System.out.println("Administrator's key, shown this once: " + key.token().text()));
      CountDownLatch stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(() -> {
                    server.close();
                    stopped.countDown();
                  }));
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Command(
      name = "up",
      description = "Runs the server and, on this very machine, an agent; shows what to do next.")
  static final class UpCommand implements Runnable {
    @CommandLine.Mixin Settings settings = new Settings();

    @Option(names = "--no-agent", description = "don't enrol this machine")
    boolean noAgent;

    @Option(
        names = "--simulate",
        paramLabel = "N",
        description = "let so many virtual devices connect, for a first look")
    int simulated;

    @Option(
        names = "--train",
        hidden = true,
        description = "start, answer a few requests, stop: makes the archive for fast starts")
    boolean train;

    @Override
    public void run() {
      if (simulated < 0 || simulated > MAX_SIMULATED) {
        throw Fault.invalid(
            "--simulate",
            Integer.toString(simulated),
            "0..%d; ./muster simulate runs more".formatted(MAX_SIMULATED));
      }
      new Up(settings.config(), !noAgent, simulated, train).run();
    }
  }

  @Command(
      name = "admin-key",
      description =
          "Makes one more owner key, with the data directory as proof. Stop the server first.")
  static final class AdminKey implements Runnable {
    @CommandLine.Mixin Settings settings = new Settings();

    @Override
    public void run() {
      Config config = settings.config();
      LogSetup.apply(Optional.empty(), config.log());
      try (DataDirectory directory = DataDirectory.open(config.data());
          SqliteDatabase database = SqliteDatabase.open(DataDirectory.store(directory.data()), 1);
          AuditAnchorFile anchor = AuditAnchorFile.open(AuditAnchorFile.in(config.data()))) {
        SqlCredentialStore store = new SqlCredentialStore(database);
        InstantSource clock = InstantSource.system();
        Credentials credentials =
            new Credentials(
                database, store, new SqlUserStore(database), DeviceFields::scope, clock);
        Keys keys =
            new Keys(
                database,
                store,
                credentials,
                DeviceFields::scope,
                new Audit(database, new SqlAuditStore(database), anchor, clock),
                clock);
        System.out.println(keys.recover().token().text());
      }
    }
  }
}
