package muster.testkit.simulation;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import muster.agent.exec.Executions;
import muster.agent.exec.Tracked;
import muster.agent.exec.Unfinished;
import muster.agent.journal.Journal;
import muster.agent.link.Conversation;
import muster.agent.log.Log;
import muster.agent.net.Backoff;
import muster.agent.policy.Policy;
import muster.agent.tool.Pace;
import muster.agent.tool.Tools;
import muster.agent.transfer.Carrier;
import muster.id.DeviceId;
import muster.wire.CloseCode;
import muster.wire.Facts;
import muster.wire.Health;
import muster.wire.Hello;

/// The agent's real journal, executions and conversation on a pretended machine. It can die at any
/// write and sync, alone or with its whole machine, and is started again.
final class SimulatedAgent {
  private static final Log SILENT =
      new Log(
          new PrintStream(OutputStream.nullOutputStream()),
          InstantSource.fixed(java.time.Instant.EPOCH));

  private static final Facts FACTS =
      new Facts(
          Optional.empty(),
          Optional.of("0.1.0"),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static final Duration SILENCE = Duration.ofSeconds(45);
  private static final Duration HELLO_WITHIN = Duration.ofSeconds(15);
  private static final Duration LOOK = Duration.ofSeconds(5);

  /// What is gone after a crash.
  private final class Run {
    private final Executions executions;
    private final Backoff backoff = new Backoff(generator(), time::nanos);
    private Optional<Talk> talk = Optional.empty();

    private Run() {
      try {
        Journal journal = Journal.open(disk, time::now);
        executions =
            Executions.recover(
                journal,
                spools,
                host.launcher(action -> act(this, action)),
                Unfinished.NOTHING,
                () -> Policy.open(Optional.empty()),
                SILENT);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// One connection, seen by the agent.
  private final class Talk implements Wire.End {
    private final Run owner;
    private final Wire wire;
    private final Conversation conversation;
    private final long began = time.nanos();
    private long heard = time.nanos();
    private boolean over;

    private Talk(Run owner, Wire wire) {
      this.owner = owner;
      this.wire = wire;
      conversation =
          new Conversation(
              known ->
                  new Hello(
                      Hello.PROTOCOL,
                      FACTS,
                      Optional.of("boot"),
                      Optional.empty(),
                      Tools.NAMES,
                      Optional.empty(),
                      known),
              () -> Health.UNKNOWN,
              owner.executions,
              Carrier.NONE,
              Optional.empty(),
              new Pace(),
              Optional.empty(),
              welcome -> time.note("  %s is welcome", id),
              time::nanos,
              SILENT);
    }

    @Override
    public void frame(String text) {
      act(
          owner,
          () -> {
            heard = time.nanos();
            time.note("  %s hears %s", id, text);
            conversation.receive(text, heard, heard);
          });
    }

    @Override
    public void signOfLife() {
      act(
          owner,
          () -> {
            heard = time.nanos();
            wire.pongServer();
          });
    }

    @Override
    public void closed(int code, String reason) {
      act(owner, () -> over(code, reason));
    }

    private void over(int code, String reason) {
      if (over) {
        return;
      }
      over = true;
      time.note("  %s is cut off: %d %s", id, code, reason);
      conversation.end();
      owner.backoff.lasted(
          conversation.online() ? Duration.ofNanos(time.nanos() - began) : Duration.ZERO);
      Duration wait =
          code == CloseCode.RESTART
              ? CloseCode.window(reason).map(owner.backoff::within).orElseGet(owner.backoff::next)
              : owner.backoff.next();
      time.after(shorter(wait), () -> act(owner, () -> connect(owner)));
    }

    /// Notices silence, sends heartbeats.
    private void look() {
      if (over) {
        return;
      }
      boolean silent = time.nanos() - heard >= SILENCE.toNanos();
      boolean unwelcome = !conversation.online() && time.nanos() - began >= HELLO_WITHIN.toNanos();
      if (silent || unwelcome) {
        wire.cut();
        over(0, "silence");
        return;
      }
      conversation.beat(time.nanos());
      time.after(LOOK, () -> act(owner, this::look));
    }

    private void send() {
      for (Optional<String> frame = conversation.outbox().poll();
          frame.isPresent() && !over;
          frame = conversation.outbox().poll()) {
        time.note("  %s says %s", id, frame.get());
        wire.toServer(frame.get());
      }
    }
  }

  final DeviceId id;
  final SimulatedHost host;
  private final Timeline time;
  private final SimulatedServer server;
  private final FailPoint failPoint = new FailPoint();
  private final MemoryDisk disk;
  private final MemoryDisk spools;
  private final boolean unruly;
  private Optional<Run> run = Optional.empty();
  private boolean calm;

  SimulatedAgent(
      DeviceId id, Timeline time, SimulatedServer server, boolean unruly, boolean lyingDisk) {
    this.id = id;
    this.time = time;
    this.server = server;
    this.unruly = unruly;
    host = new SimulatedHost(time);
    disk = new MemoryDisk(failPoint, time.random(), lyingDisk);
    spools = new MemoryDisk(failPoint, time.random(), lyingDisk);
  }

  FailPoint failPoint() {
    return failPoint;
  }

  /// From now on nothing goes wrong by itself.
  void calm() {
    calm = true;
    failPoint.disarm();
    cut();
  }

  boolean isOnline() {
    return run.flatMap(present -> present.talk)
        .filter(talk -> !talk.over && talk.conversation.online())
        .isPresent();
  }

  List<String> unacknowledged() {
    return run.map(
            present -> present.executions.unacknowledged().stream().map(Tracked::id).toList())
        .orElse(List.of());
  }

  void start() {
    if (run.isPresent()) {
      return;
    }
    failPoint.revive();
    if (!calm && time.chance(20)) {
      failPoint.arm(time.random().nextInt(6));
    }
    try {
      Run started = new Run();
      run = Optional.of(started);
      act(started, () -> connect(started));
    } catch (Crash crash) {
      time.note("  %s dies as it starts", id);
      restart(time.chance(50));
    }
  }

  /// Dies now; with its machine when that loses its power.
  void kill(boolean powerLost) {
    run.ifPresent(dead -> {
      time.note("  %s dies%s", id, powerLost ? " with its machine" : "");
      failPoint.die();
      run = Optional.empty();
      dead.talk.ifPresent(talk -> talk.wire.cut());
      restart(powerLost);
    });
  }

  private void restart(boolean powerLost) {
    if (powerLost) {
      disk.losePower();
      spools.losePower();
    }
    time.after(time.upTo(Duration.ofSeconds(6)), this::start);
  }

  void cut() {
    run.flatMap(present -> present.talk).ifPresent(talk -> talk.wire.cut());
  }

  void fallSilent() {
    run.flatMap(present -> present.talk).ifPresent(talk -> talk.wire.fallSilent());
  }

  private void connect(Run present) {
    Wire wire = new Wire(time, unruly && !calm);
    Talk talk = new Talk(present, wire);
    wire.agent(talk);
    if (!server.accept(id, wire)) {
      time.after(shorter(present.backoff.next()), () -> act(present, () -> connect(present)));
      return;
    }
    present.talk = Optional.of(talk);
    talk.conversation.begin();
    time.after(LOOK, () -> act(present, talk::look));
  }

  /// Does something as that run, if it is still the present one; it may die doing it.
  private void act(Run asked, Runnable action) {
    if (run.filter(asked::equals).isEmpty()) {
      return;
    }
    try {
      action.run();
      asked.talk.ifPresent(Talk::send);
    } catch (Crash crash) {
      time.note("  %s: %s", id, crash);
      kill(time.chance(50));
    }
  }

  /// The back-off's spread without its length, which would fill a history with waiting.
  private static Duration shorter(Duration wait) {
    Duration longest = Duration.ofSeconds(5);
    return wait.compareTo(longest) > 0 ? longest : wait;
  }

  private RandomGenerator generator() {
    return time.random()::nextLong;
  }
}
