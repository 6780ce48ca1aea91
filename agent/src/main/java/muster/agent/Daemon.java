package muster.agent;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.enroll.Credential;
import muster.agent.exec.Executions;
import muster.agent.exec.Host;
import muster.agent.exec.Processes;
import muster.agent.exec.Programs;
import muster.agent.facts.HealthSampler;
import muster.agent.facts.HostFacts;
import muster.agent.facts.Identity;
import muster.agent.journal.Journal;
import muster.agent.link.Introduction;
import muster.agent.link.Link;
import muster.agent.link.Peer;
import muster.agent.link.Timing;
import muster.agent.log.Log;
import muster.agent.logs.LogSources;
import muster.agent.net.Clients;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.agent.pty.Marks;
import muster.agent.pty.Terminals;
import muster.agent.remote.Remotes;
import muster.agent.state.Directory;
import muster.agent.state.StateDir;
import muster.agent.state.StatusFile;
import muster.agent.tool.Pace;
import muster.agent.tool.Tools;
import muster.agent.transfer.ServerFiles;
import muster.agent.transfer.Transfers;
import muster.agent.update.Installer;
import muster.agent.update.Itself;
import muster.wire.Facts;
import muster.wire.Hello;

/// What `run` runs once the device is enrolled: the journal, the commands and the link to the
/// server. [#run] is called once and returns after [#stop], which may come from any thread.
final class Daemon {
  private static final String DEVICE_SOCKET = "/device/ws";

  /// Set by the launcher: what it starts.
  private static final String JAR = "muster.agent.jar";

  private static final Path ROOT = Path.of("/");
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

  private final ScheduledExecutorService timer;
  private final Journal journal;
  private final Executions executions;
  private final Transfers transfers;
  private final Remotes remotes;
  private final Link link;
  private final NextStart next;

  private Daemon(
      ScheduledExecutorService timer,
      Journal journal,
      Executions executions,
      Transfers transfers,
      Remotes remotes,
      Link link,
      NextStart next) {
    this.timer = timer;
    this.journal = journal;
    this.executions = executions;
    this.transfers = transfers;
    this.remotes = remotes;
    this.link = link;
    this.next = next;
  }

  /// Puts the parts together; what an earlier process left running is dealt with here.
  static Daemon create(Credential credential, StateDir state, Log log) throws IOException {
    InstantSource clock = InstantSource.system();
    HostFacts facts = new HostFacts(ROOT);
    Facts known = facts.read(Version.TEXT);
    PolicyFile policy = new PolicyFile(state.path(), log);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(Daemon::timerThread);
    Pace pace = new Pace();
    StatusFile status = new StatusFile(state.status(), clock);
    NextStart next = new NextStart();
    Installer installer =
        Installer.create(
            state.updates(),
            () -> Clients.create(credential.caPin(), CONNECT_WITHIN),
            credential.server(),
            credential.authToken(),
            timer,
            itself(status, next),
            log);
    Journal journal = Journal.open(new Directory(state.path()), clock);
    Executions executions =
        Executions.recover(
            journal,
            new Directory(state.spool()),
            new Processes(
                new Host(
                    state.spool(),
                    home(),
                    facts.bootId(),
                    known,
                    timer,
                    log,
                    Programs::ofSystem,
                    pace,
                    installer)),
            installer::unfinished,
            policy,
            log);
    Transfers transfers =
        new Transfers(
            new ServerFiles(
                () -> Clients.create(credential.caPin(), CONNECT_WITHIN),
                credential.server(),
                credential.authToken(),
                timer),
            new Directory(state.transfers()),
            policy,
            log);
    Marks marks = new Marks(new Directory(state.terminals()), facts.bootId());
    marks.killLeftovers();
    HealthSampler health = new HealthSampler(ROOT, ROOT);
    HttpClient http = Clients.create(credential.caPin(), CONNECT_WITHIN);
    Remotes remotes =
        new Remotes(
            http,
            credential.server()::webSocket,
            credential.authToken(),
            policy,
            new Terminals(home(), marks),
            timer,
            log);
    Peer peer =
        new Peer(
            http,
            credential.server().webSocket(DEVICE_SOCKET),
            credential.authToken(),
            introduction(known, facts.bootId(), policy),
            health::sample,
            executions,
            transfers,
            Optional.of(remotes),
            pace,
            Optional.of(new LogSources(policy)),
            status,
            Timing.PROTOCOL,
            log);
    Link link = new Link(peer, new Random());
    next.stops(link::stop);
    return new Daemon(timer, journal, executions, transfers, remotes, link, next);
  }

  private static Optional<Itself> itself(StatusFile status, NextStart next) throws IOException {
    Optional<String> jar = Optional.ofNullable(System.getProperty(JAR));
    return jar.isEmpty()
        ? Optional.empty()
        : Optional.of(new Itself(Path.of(jar.get()), Version.TEXT, status::isOnline, next::ask));
  }

  /// @return whether the launcher is to start the agent anew
  boolean run() throws IOException, InterruptedException {
    try {
      link.run();
    } finally {
      transfers.stop();
      executions.stopAll();
      remotes.stopAll();
      executions.awaitEnds(Duration.ofSeconds(7));
      timer.shutdownNow();
      journal.close();
    }
    return next.isAsked();
  }

  void stop() {
    link.stop();
  }

  private static Introduction introduction(
      Facts facts, Optional<String> bootId, PolicyFile policies) {
    Optional<String> machineId = new Identity(ROOT).machineId();
    List<String> tools = Tools.of(program -> Programs.ofSystem(program).isPresent());
    return executions -> {
      Policy policy = policies.get();
      return new Hello(
          Hello.PROTOCOL,
          facts,
          bootId,
          machineId,
          Tools.allowedBy(policy, tools),
          Optional.of(policy.summary()),
          executions);
    };
  }

  private static Path home() {
    Path home = Path.of(System.getProperty("user.home", "/"));
    return home.isAbsolute() && Files.isDirectory(home) ? home : ROOT;
  }

  private static Thread timerThread(Runnable task) {
    Thread thread = new Thread(task, "timer");
    thread.setDaemon(true);
    return thread;
  }
}
