package muster.testkit.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;

/// The server's real core and device protocol over stores in memory. It can die at any write and be
/// started again over what it had committed; it can stand still for a while.
final class SimulatedServer {
  private static final Duration TICK = Duration.ofSeconds(2);
  private static final Duration PING = Duration.ofSeconds(15);
  private static final Duration LONGEST_OUTAGE = Duration.ofSeconds(8);
  private static final Duration ANOTHER_THREAD = Duration.ofMillis(5);

  /// From this on, the ticker takes its being late for a pause of the whole process.
  private static final Duration NOTICED = Duration.ofSeconds(5);

  private final Timeline time;
  private final MemoryStores stores = new MemoryStores();
  private final Witness witness = new Witness();
  private Optional<ServerRun> run = Optional.empty();
  private boolean calm;

  /// What is to be done once it goes on, in order.
  private final List<Runnable> held = new ArrayList<>();

  private long stillSince;
  private long standsStillUntil;

  SimulatedServer(Timeline time) {
    this.time = time;
  }

  MemoryStores stores() {
    return stores;
  }

  Witness witness() {
    return witness;
  }

  FailPoint failPoint() {
    return stores.failPoint;
  }

  void start() {
    if (run.isPresent()) {
      return;
    }
    failPoint().revive();
    if (!calm && time.chance(10)) {
      failPoint().arm(time.random().nextInt(3));
    }
    try {
      begin();
    } catch (Crash | Fault problem) {
      time.note("the server can't start: %s", problem);
      restart();
    }
  }

  private void begin() {
    AtomicReference<Optional<ServerRun>> self = new AtomicReference<>(Optional.empty());
    ServerRun started =
        new ServerRun(stores, time, task -> self.get().ifPresent(present -> later(present, task)));
    self.set(Optional.of(started));
    run = self.get();
    every(started, TICK, started.links::tick);
    every(
        started,
        TICK,
        () -> {
          started.deliveries.tick();
          witness.ticked(time.now());
        });
    every(started, PING, () -> started.wires.forEach(Wire::pingAgent));
  }

  private void restart() {
    time.after(time.upTo(LONGEST_OUTAGE), this::start);
  }

  /// Dies now.
  void kill() {
    run.ifPresent(dead -> {
      time.note("the server dies");
      failPoint().die();
      run = Optional.empty();
      standsStillUntil = 0;
      held.clear();
      List.copyOf(dead.wires).forEach(Wire::cut);
      restart();
    });
  }

  /// Refuses every write for a while, as on a full disk.
  void refuseWrites(Duration howLong) {
    stores.transactions.refuse(true);
    time.after(howLong, () -> stores.transactions.refuse(false));
  }

  /// Stands still, as stopped by a signal, while time goes on for all others.
  void standStill(Duration howLong) {
    long until = time.nanos() + howLong.toNanos();
    if (until > standsStillUntil) {
      if (time.nanos() >= standsStillUntil) {
        stillSince = time.nanos();
      }
      standsStillUntil = until;
      time.at(until, this::goOn);
    }
  }

  private void goOn() {
    if (time.nanos() >= standsStillUntil) {
      Duration pause = Duration.ofNanos(time.nanos() - stillSince);
      run.filter(present -> pause.compareTo(NOTICED) > 0)
          .ifPresent(present -> act(present, () -> present.links.moveLeases(pause)));
      List<Runnable> inOrder = List.copyOf(held);
      held.clear();
      inOrder.forEach(Runnable::run);
    }
  }

  /// From now on nothing goes wrong by itself.
  void calm() {
    calm = true;
    stores.transactions.refuse(false);
    failPoint().disarm();
  }

  /// As a request of a person, unless the server is down.
  void call(Consumer<ServerRun> request) {
    run.ifPresent(present -> act(present, () -> request.accept(present)));
  }

  /// Lets a device in; false when nobody is there.
  boolean accept(DeviceId device, Wire wire) {
    run.ifPresent(present -> {
      ServerConnection connection = new ServerConnection(device, wire, present, this, time);
      wire.server(connection);
      connection.open();
    });
    return run.isPresent();
  }

  /// Does something as that run, if it is still the present one; it may die doing it.
  void act(ServerRun asked, Runnable action) {
    if (run.filter(asked::equals).isEmpty()) {
      return;
    }
    if (time.nanos() < standsStillUntil) {
      held.add(() -> act(asked, action));
      return;
    }
    try {
      action.run();
    } catch (Crash crash) {
      time.note("the server: %s", crash);
      kill();
    } catch (Fault fault) {
      if (fault.code() != FaultCode.UNAVAILABLE) {
        throw fault;
      }
      time.note("the server: %s", fault.getMessage());
    }
  }

  /// [#act] as another thread would, at some moment soon.
  void later(ServerRun asked, Runnable task) {
    time.after(time.upTo(ANOTHER_THREAD), () -> act(asked, task));
  }

  /// As the server's ticker, which goes on whatever a task throws.
  private void every(ServerRun asked, Duration interval, Runnable task) {
    time.after(
        interval,
        () -> {
          if (run.filter(asked::equals).isPresent()) {
            every(asked, interval, task);
            act(asked, task);
          }
        });
  }
}
