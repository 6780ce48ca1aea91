package muster.simulator;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import muster.agent.net.Backoff;
import muster.agent.tool.Tools;
import muster.wire.Hello;
import muster.wire.HelloReply;
import muster.wire.Methods;
import muster.wire.Rpc;
import org.jspecify.annotations.Nullable;

/// One machine and its agent, as far as the server can tell. Lives on one event loop; only
/// [#start], [#stop], [#cut], [#calm] and [#beatEvery] may be called from elsewhere.
final class VirtualDevice {
  private static final long SILENCE_NANOS = Duration.ofSeconds(45).toNanos();
  private static final Duration SHOWS_UP_FOR = Duration.ofSeconds(3);

  /// Longer than every wait of a simulation.
  private static final Duration FOR_GOOD = Duration.ofDays(365);

  private final Machine machine;
  private final String token;
  private final Scenario scenario;
  private final Wire wire;
  private final EventLoop loop;
  private final Truth truth;
  private final Totals totals;
  private final SplittableRandom random;
  private final Backoff backoff;
  private final Vitals vitals;
  private final Desk desk;
  private final boolean away;
  private final double clock;
  private String bootId;
  private @Nullable Socket socket;
  private @Nullable ScheduledFuture<?> beat;
  private @Nullable ScheduledFuture<?> fault;
  private boolean online;
  private boolean deaf;
  private boolean calm;
  private boolean stopped;
  private long onlineNanos;
  private double beatSeconds = 15;

  VirtualDevice(
      Machine machine,
      Fleet.Member member,
      Scenario scenario,
      Wire wire,
      Truth truth,
      Totals totals) {
    this.machine = machine;
    this.token = member.token();
    this.scenario = scenario;
    this.wire = wire;
    this.loop = wire.loop(machine.number());
    this.truth = truth;
    this.totals = totals;
    this.random = Machine.random(scenario.seed() + 1, machine.number());
    this.backoff = new Backoff(random.split(), System::nanoTime);
    this.vitals = new Vitals(random.split(), machine.memoryBytes());
    this.away = random.nextDouble() < scenario.away();
    this.clock = 1 + scenario.clockDrift() * (random.nextDouble() * 2 - 1);
    this.bootId = newBootId();
    this.desk = new Desk(machine, scenario, loop, truth, totals, this::send);
  }

  private String newBootId() {
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  Machine machine() {
    return machine;
  }

  Truth truth() {
    return truth;
  }

  /// Switched off but for its first few seconds.
  boolean isAway() {
    return away;
  }

  void start(Duration after) {
    later(after, this::connect);
  }

  /// Says goodbye and does not come back.
  void stop() {
    loop.execute(() -> {
      stopped = true;
      if (socket != null) {
        truth.down(now(), true, "goodbye");
        socket.close(new Ending.Absent(FOR_GOOD, "stopped"));
      }
    });
  }

  /// Breaks the connection, if there is one.
  void cut() {
    loop.execute(() -> breakOff(new Ending.Broken("cut")));
  }

  void beatEvery(Duration period) {
    loop.execute(() -> beatSeconds = period.toNanos() / 1e9 * clock);
  }

  /// No more faults from now on; what is under way goes on.
  void calm() {
    loop.execute(() -> calm = true);
  }

  private void connect() {
    if (stopped || socket != null) {
      return;
    }
    Socket fresh = new Socket(this);
    socket = fresh;
    deaf = false;
    wire.webSocket(machine.number(), token, fresh)
        .addListener(done -> {
          if (!done.isSuccess()) {
            fresh.failed(done.cause());
          }
        });
  }

  void opened(Socket on) {
    Hello hello =
        new Hello(
            Hello.PROTOCOL,
            machine.facts(),
            Optional.of(bootId),
            Optional.of(machine.hardwareId()),
            Tools.NAMES,
            Optional.empty(),
            desk.unacknowledged());
    on.send(new Rpc.Request(Rpc.Id.of(1), Methods.HELLO, hello.toJson()).format());
  }

  void received(Socket on, String text) {
    if (on != socket || deaf) {
      return;
    }
    switch (Rpc.parse(text)) {
      case Rpc.Success success when !online -> welcome(on, HelloReply.fromJson(success.result()));
      case Rpc.Success success -> desk.answered(success);
      case Rpc.Request request -> desk.request(request);
      case Rpc.Failure failure -> {} // the close code that follows says how to go on
      case Rpc.Notification notification -> {}
    }
  }

  private void welcome(Socket on, HelloReply reply) {
    online = true;
    onlineNanos = System.nanoTime();
    totals.connected.increment();
    totals.connects.increment();
    truth.up(now());
    desk.welcomed(reply.executions());
    beatSeconds =
        scenario
                .heartbeat()
                .map(Duration::toNanos)
                .map(nanos -> nanos / 1e9)
                .orElse((double) reply.heartbeatSeconds())
            * clock;
    sendHealth();
    // At random, not a period later: a fleet that came back together must not beat together.
    beat = later(seconds(beatSeconds * random.nextDouble()), () -> beat(on));
    if (away) {
      later(SHOWS_UP_FOR, () -> leave(on));
    } else {
      planFault(on);
    }
  }

  private void beat(Socket on) {
    if (on != socket || deaf) {
      return;
    }
    if (System.nanoTime() - on.heardNanos() > SILENCE_NANOS) {
      breakOff(new Ending.Broken("the server was silent for 45 s"));
      return;
    }
    sendHealth();
    beat = later(seconds(beatSeconds), () -> beat(on));
  }

  private void sendHealth() {
    send(new Rpc.Notification(Methods.HEALTH, vitals.next(beatSeconds).toJson()).format());
    totals.heartbeats.increment();
  }

  private void send(String frame) {
    if (socket != null && !deaf) {
      socket.send(frame);
      truth.spoke(now());
    }
  }

  private void leave(Socket on) {
    if (on == socket) {
      truth.down(now(), true, "switched off");
      on.close(new Ending.Absent(FOR_GOOD, "switched off"));
    }
  }

  private void planFault(Socket on) {
    double perHour = scenario.faults().total();
    if (perHour > 0) {
      double hours = -Math.log(1 - random.nextDouble()) / perHour;
      fault = later(seconds(hours * 3600), () -> strike(on));
    }
  }

  private void strike(Socket on) {
    if (on != socket || calm) {
      return;
    }
    Scenario.Faults faults = scenario.faults();
    double which = random.nextDouble() * faults.total();
    if (which < faults.cuts()) {
      breakOff(new Ending.Broken("cut"));
    } else if (which < faults.cuts() + faults.halfOpens()) {
      goSilent(on);
    } else {
      crash(which >= faults.cuts() + faults.halfOpens() + faults.crashes());
    }
  }

  private void goSilent(Socket on) {
    deaf = true;
    truth.down(now(), false, "half-open");
    on.goDeaf();
    Duration length = seconds(50 + 20 * random.nextDouble());
    later(length, () -> on.cut(new Ending.Broken("half-open")));
  }

  private void crash(boolean journalLost) {
    desk.crashed(journalLost);
    if (journalLost) {
      bootId = newBootId();
      vitals.rebooted();
    }
    Duration restart = seconds(1 + 2 * random.nextDouble());
    breakOff(new Ending.Absent(restart, journalLost ? "wiped" : "crashed"));
  }

  private void breakOff(Ending why) {
    if (socket != null) {
      truth.down(now(), false, why.what());
      socket.cut(why);
    }
  }

  void ended(Socket which, Ending how) {
    if (which != socket) {
      return;
    }
    socket = null;
    Optional.ofNullable(beat).ifPresent(task -> task.cancel(false));
    Optional.ofNullable(fault).ifPresent(task -> task.cancel(false));
    beat = null;
    fault = null;
    desk.offline();
    if (online) {
      online = false;
      totals.connected.decrement();
      truth.down(now(), how instanceof Ending.TurnedAway, how.what());
      backoff.lasted(Duration.ofNanos(System.nanoTime() - onlineNanos));
    } else {
      totals.refusedConnects.increment();
      truth.serverAway(now());
    }
    if (how instanceof Ending.TurnedAway) {
      totals.turnedAway.increment();
    }
    if (!stopped) {
      later(how.wait(backoff), this::connect);
    }
  }

  private ScheduledFuture<?> later(Duration wait, Runnable task) {
    return loop.schedule(task, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private static long now() {
    return System.currentTimeMillis();
  }
}
