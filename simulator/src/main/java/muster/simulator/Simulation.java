package muster.simulator;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A fleet of virtual devices: [#enrol], [#start], and in the end [#close]. [#watch] and [#operate]
/// begin what a check needs, [#check] ends it. Not for use by several threads.
public final class Simulation implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);

  private final Scenario scenario;
  private final Fleet fleet;
  private final Wire wire;
  private final TruthFile truthFile;
  private final Totals totals = new Totals();
  private final List<VirtualDevice> devices = new ArrayList<>();
  private final Map<String, Truth> truths = new HashMap<>();
  private final Thread storms;
  private boolean closed;
  private Optional<String> lastCommand = Optional.empty();
  private Optional<Sentry> sentry = Optional.empty();
  private Optional<Operator> operator = Optional.empty();

  /// @param threads event loops, for all devices together
  /// @param truth where to write down what every device truly did, if anywhere
  public Simulation(
      Endpoint endpoint, Scenario scenario, Fleet fleet, int threads, Optional<Path> truth) {
    this.scenario = scenario;
    this.fleet = fleet;
    this.wire = new Wire(endpoint, threads);
    this.truthFile = new TruthFile(truth);
    this.storms = Thread.ofVirtual().name("storms").unstarted(this::storms);
  }

  /// The most devices that one process may connect here: its limit of open files says so.
  public static long most() {
    return OpenFiles.most();
  }

  /// Makes sure that the machines `from` (inclusive) to `to` (exclusive) are devices; answers how
  /// many were enrolled for it.
  ///
  /// @param known whether the server still knows a device; those it does not are enrolled anew
  public int enrol(int from, int to, Tokens tokens, Predicate<String> known)
      throws IOException, InterruptedException {
    OpenFiles.require(to - from);
    fleet.members().values().stream()
        .filter(member -> !known.test(member.id()))
        .forEach(member -> fleet.forget(member.number()));
    return new Enrolment(wire, tokens, fleet, scenario.seed()).fill(from, to);
  }

  /// Lets the machines of these numbers connect, at the scenario's pace. May be called again for
  /// more of them.
  public void start(int from, int to) {
    Map<Integer, Fleet.Member> members = fleet.members();
    for (int number = from; number < to; number++) {
      Fleet.Member member = members.get(number);
      if (member == null) {
        throw new IllegalStateException("machine " + number + " is not enrolled");
      }
      Truth truth = new Truth(member.id(), truthFile);
      VirtualDevice device =
          new VirtualDevice(
              Machine.of(scenario.seed(), number), member, scenario, wire, truth, totals);
      devices.add(device);
      truths.put(member.id(), truth);
      device.start(Duration.ofNanos((long) ((number - from) * 1e9 / scenario.connectsPerSecond())));
    }
    if (storms.getState() == Thread.State.NEW && !scenario.faults().stormEvery().isZero()) {
      storms.start();
    }
  }

  private void storms() {
    try {
      while (true) {
        TimeUnit.NANOSECONDS.sleep(scenario.faults().stormEvery().toNanos());
        cutAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Breaks every connection at once.
  public void cutAll() {
    devices.forEach(VirtualDevice::cut);
  }

  /// From each device's next heartbeat on, whatever the scenario or the server said.
  public void beatEvery(Duration period) {
    devices.forEach(device -> device.beatEvery(period));
  }

  public Totals totals() {
    return totals;
  }

  /// The devices' ids, in the order of their machines' numbers.
  public List<String> ids() {
    return devices.stream().map(device -> device.truth().device()).toList();
  }

  /// Those that are not switched off.
  public List<String> steady() {
    return devices.stream()
        .filter(device -> !device.isAway())
        .map(device -> device.truth().device())
        .toList();
  }

  public Truth truth(String device) {
    return Optional.ofNullable(truths.get(device)).orElseThrow();
  }

  /// How many devices are meant to be there: all that are not switched off.
  public long expected() {
    return steady().size();
  }

  /// Waits until so many devices are there; false when they are not in time.
  public boolean awaitConnected(long count, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (totals.connected() < count) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    }
    return true;
  }

  /// Begins to look for devices that are called offline wrongly. From now on every command the
  /// server has for the fleet counts in a check.
  public Sentry watch(Api api) throws IOException, InterruptedException {
    lastCommand = api.newestCommand();
    Sentry fresh = new Sentry(api, Collections.unmodifiableMap(truths));
    sentry = Optional.of(fresh);
    return fresh;
  }

  /// Begins to run commands on devices that are not switched off.
  public Operator operate(Api api, double perSecond) {
    Operator fresh = new Operator(api, steady(), perSecond, scenario.seed());
    operator = Optional.of(fresh);
    return fresh;
  }

  /// Ends faults and commands, lets the dust settle for at most `patience`, and compares.
  public Report check(Api api, Duration patience) throws IOException, InterruptedException {
    storms.interrupt();
    devices.forEach(VirtualDevice::calm);
    operator.ifPresent(Operator::close);
    long deadline = System.nanoTime() + patience.toNanos();
    Check check = new Check(api, truths);
    settle(deadline);
    check.presence();
    sentry.ifPresent(watching -> {
      watching.close();
      check.falseOfflines(watching);
    });
    check.commands(lastCommand, operator.map(Operator::accepted).orElse(Map.of()));
    operator.ifPresent(done ->
        check
            .report()
            .line(
                "           %,d accepted through the API, %,d requests failed",
                done.accepted().size(), done.refused()));
    return check.report();
  }

  /// Until everybody who should be there is, has been for a while, and has told all results.
  private void settle(long deadline) throws InterruptedException {
    while (System.nanoTime() < deadline) {
      long now = System.currentTimeMillis();
      boolean quiet =
          devices.stream()
              .allMatch(device ->
                  device.truth().presence(now, now) != Truth.Expectation.OPEN
                      && (device.isAway() || device.truth().isUp())
                      && device.truth().isTold());
      if (quiet) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  /// Every device says goodbye. Closing twice is harmless.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    storms.interrupt();
    sentry.ifPresent(Sentry::close);
    operator.ifPresent(Operator::close);
    devices.forEach(VirtualDevice::stop);
    wire.close();
    truthFile.close();
    fleet.close();
  }
}
