package muster.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.account.Keys;
import muster.auth.Caller;
import muster.auth.Role;
import muster.command.Command;
import muster.command.CommandQuery;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Lane;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;

/// One history: a minute in which commands are submitted and cancelled and everything goes wrong,
/// then calm. At the end each command must have ended, truthfully, and been started once at most.
///
/// What can go wrong: the server dies at any commit, before or after it, or stands still, or its
/// store refuses to write; an agent dies at any write or sync, alone or with its machine; links
/// break or fall silent; requesters lose their right; in one history of four the network also
/// drops, doubles and reorders frames, which the protocol is not made for and must survive.
public final class History {
  private static final CommandQuery ALL =
      new CommandQuery(Optional.empty(), Optional.empty(), Optional.empty());

  private static final String PROBE = "probe-";
  private static final Duration ACTIVE = Duration.ofSeconds(60);

  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final Duration STEP = Duration.ofSeconds(5);

  private record Submitted(
      String key,
      DeviceId device,
      Lane lane,
      boolean idempotent,
      Duration timeout,
      Duration timeToLive) {
    CommandRequest request() {
      return new CommandRequest(
          "bash",
          Map.of("command", "true"),
          lane,
          idempotent,
          timeout,
          timeToLive,
          Optional.of(key));
    }
  }

  private final Timeline time;
  private final boolean unruly;
  private final SimulatedServer server;
  private final List<SimulatedAgent> agents = new ArrayList<>();
  private final Map<String, CommandId> accepted = new HashMap<>();
  private final List<CommandId> known = new ArrayList<>();
  private Optional<Caller> operator = Optional.empty();
  private Optional<Instant> rightLost = Optional.empty();
  private int keys;

  private History(long seed, boolean traced, boolean lyingDisks) {
    time = new Timeline(seed, traced);
    unruly = time.chance(25);
    server = new SimulatedServer(time);
    int devices = 1 + time.random().nextInt(2);
    for (int i = 0; i < devices; i++) {
      DeviceId id = new DeviceId("dev_" + i);
      server.stores().add(id, time.now());
      agents.add(new SimulatedAgent(id, time, server, unruly, lyingDisks));
    }
  }

  /// Plays a history.
  ///
  /// @throws AssertionError with the seed and all that happened, when a promise was broken
  public static void play(long seed) {
    play(seed, false);
  }

  /// Plays a history on disks that lose what they say is durable: promises may be broken then.
  public static void playOnLyingDisks(long seed) {
    play(seed, true);
  }

  private static void play(long seed, boolean lyingDisks) {
    try {
      new History(seed, false, lyingDisks).run();
    } catch (AssertionError | RuntimeException e) {
      throw explained(seed, lyingDisks, e);
    }
  }

  private static AssertionError explained(long seed, boolean lyingDisks, Throwable problem) {
    History again = new History(seed, true, lyingDisks);
    try {
      again.run();
    } catch (AssertionError | RuntimeException e) {
      return new AssertionError(
          "seed %d: %s%n%s".formatted(seed, e, String.join("\n", again.time.trace())), e);
    }
    return new AssertionError("seed %d, but not when played again".formatted(seed), problem);
  }

  /// All that happens with that seed, line by line.
  public static List<String> trace(long seed) {
    History history = new History(seed, true, false);
    history.run();
    return history.time.trace();
  }

  private void run() {
    server.start();
    server.call(present -> {
      Keys.Created made =
          present.keys.create(
              Caller.SERVER, "ci", Role.OPERATOR, Optional.empty(), Optional.empty());
      operator = present.credentials.current("key:" + made.key().id());
    });
    agents.forEach(SimulatedAgent::start);
    int deeds = 8 + time.random().nextInt(16);
    for (int i = 0; i < deeds; i++) {
      time.after(time.upTo(ACTIVE), this::something);
    }
    time.runFor(ACTIVE);
    settle();
    probe();
    new Verdict(server, agents, time, unruly, rightLost).pass(all(), known);
  }

  private void something() {
    SimulatedAgent agent = time.pick(agents);
    switch (time.random().nextInt(16)) {
      case 0, 1, 2, 3, 4 -> submit(agent, time.pick(List.of(20L, 600L)));
      case 5 -> cancel();
      case 6 -> server.kill();
      case 7 -> server.failPoint().arm(time.random().nextInt(14));
      case 8 -> kill(agent);
      case 9, 10 -> agent.failPoint().arm(time.random().nextInt(12));
      case 11 -> agent.cut();
      case 12 -> agent.fallSilent();
      case 13 -> server.refuseWrites(time.upTo(Duration.ofSeconds(5)));
      case 14 -> server.standStill(time.upTo(Duration.ofSeconds(20)));
      default -> loseTheRight();
    }
  }

  private void kill(SimulatedAgent agent) {
    agent.kill(time.chance(50));
  }

  private void submit(SimulatedAgent agent, long timeToLiveSeconds) {
    Submitted wanted =
        new Submitted(
            "key-" + ++keys,
            agent.id,
            time.pick(List.of(Lane.CONTROL, Lane.BULK)),
            time.chance(30),
            Duration.ofSeconds(time.pick(List.of(5L, 30L))),
            Duration.ofSeconds(timeToLiveSeconds));
    Caller caller =
        time.chance(30) && rightLost.isEmpty() ? operator.orElse(Caller.SERVER) : Caller.SERVER;
    submit(caller, wanted);
  }

  /// As a client that asks again until it has an answer.
  private void submit(Caller caller, Submitted wanted) {
    server.call(present -> {
      if (mayAsk(caller)) {
        answered(wanted, present.commands.submit(caller, wanted.device(), wanted.request()));
      }
    });
    if (!accepted.containsKey(wanted.key()) && mayAsk(caller)) {
      time.after(time.upTo(Duration.ofSeconds(10)), () -> submit(caller, wanted));
    }
  }

  private boolean mayAsk(Caller caller) {
    return caller.equals(Caller.SERVER) || rightLost.isEmpty();
  }

  private void answered(Submitted wanted, Command command) {
    Verdict.check(
        accepted.getOrDefault(wanted.key(), command.id()).equals(command.id()),
        "%s was accepted twice",
        wanted.key());
    if (accepted.put(wanted.key(), command.id()) == null) {
      known.add(command.id());
      time.note("%s is accepted for %s", time.name(command.id().value()), wanted.device());
    }
  }

  private void cancel() {
    if (known.isEmpty()) {
      return;
    }
    CommandId id = time.pick(known);
    time.note("cancel %s", time.name(id.value()));
    server.call(present -> {
      try {
        present.commands.cancel(Caller.SERVER, id);
      } catch (Fault fault) {
        time.note("refused: %s", fault.getMessage());
      }
    });
  }

  private void loseTheRight() {
    server.call(present -> {
      if (operator.isPresent() && rightLost.isEmpty()) {
        try {
          present.keys.delete(Caller.SERVER, operator.get().id());
        } catch (Fault gone) {
          // Deleted in the moment in which the server died.
          if (gone.code() != FaultCode.NOT_FOUND) {
            throw gone;
          }
        }
        rightLost = Optional.of(time.now());
        time.note("the operator's key is deleted");
      }
    });
  }

  /// Nothing goes wrong any more, and what is open ends.
  private void settle() {
    time.note("calm");
    server.calm();
    agents.forEach(SimulatedAgent::calm);
    awaitAll("every command ends", () -> all().stream().allMatch(c -> c.status().isFinal()));
    awaitAll("every device is back", () -> agents.stream().allMatch(SimulatedAgent::isOnline));
    awaitAll(
        "every end is acknowledged",
        () -> agents.stream().allMatch(agent -> agent.unacknowledged().isEmpty()));
  }

  private void awaitAll(String what, java.util.function.BooleanSupplier holds) {
    long end = time.nanos() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      Verdict.check(time.nanos() < end, "%s: not within %s", what, PATIENCE);
      time.runFor(STEP);
    }
  }

  /// A command in the calm is simply done.
  private void probe() {
    agents.forEach(agent ->
        submit(
            Caller.SERVER,
            new Submitted(
                PROBE + agent.id,
                agent.id,
                Lane.CONTROL,
                false,
                Duration.ofMinutes(5),
                Duration.ofMinutes(1))));
    awaitAll(
        "a command in the calm ends", () -> all().stream().allMatch(c -> c.status().isFinal()));
    for (Command command : all()) {
      if (command.idempotencyKey().orElse("").startsWith(PROBE)) {
        Verdict.check(
            command.status() == CommandStatus.COMPLETED,
            "%s was %s in the calm: %s",
            time.name(command.id().value()),
            command.status(),
            command.result());
      }
    }
  }

  private List<Command> all() {
    return server.stores().commands.find(ALL, 1000);
  }
}
