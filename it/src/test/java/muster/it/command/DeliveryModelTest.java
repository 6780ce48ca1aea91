package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import muster.auth.Caller;
import muster.auth.Role;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.OutputChunk;
import muster.event.Event;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.it.command.CoreRig.FakeLink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random short histories of two devices, their commands and everything that happens to both,
/// against the promises of delivery in their plainest form:
///
/// - a command ends in exactly one state, tells it once, and never changes again;
/// - it is given to a device only while it lives: not after its time, its cancellation or the loss
///   of its requester's right, each time with a higher number;
/// - a device that keeps a journal starts it once at most, and what the device reported as the end,
///   and was acknowledged, is the end unless the command had ended before;
/// - output up to `received_seq` is there for good;
/// - what waits for a connected device with room reaches it;
/// - a command that its device confirmed and no longer knows when it comes back has ended;
/// - once its time has passed, 60 s after its deadline when it was started, it has ended.
///
/// The model knows what the test did and nothing of the rules. Seeded: `-Dmuster.seed=` repeats a
/// run, and every failure names the seed of its history and what was done in it.
class DeliveryModelTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final boolean ONE = Long.getLong("muster.seed") != null;
  private static final Duration BUDGET = Duration.ofSeconds(20);
  private static final int MIN_HISTORIES = 40;
  private static final int MAX_HISTORIES = 600;
  private static final int STEPS = 40;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void anyHistory_keepsThePromises() {
    long end = System.nanoTime() + BUDGET.toNanos();
    Map<CommandStatus, Integer> ends = new HashMap<>();
    int histories = 0;
    try (CoreRig rig = new CoreRig(directory)) {
      for (long seed = SEED;
          histories < (ONE ? 1 : MIN_HISTORIES)
              || !ONE && histories < MAX_HISTORIES && System.nanoTime() < end;
          seed++) {
        History history = new History(rig, seed, histories++);
        try {
          history.play();
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "-Dmuster.seed=" + seed + "\n" + String.join("\n", history.done), e);
        }
        history.commands.values().forEach(made -> ends.merge(made.end(), 1, Integer::sum));
      }
      assertThat(rig.audit.verify(rig.admin).firstBad()).isEmpty();
    }
    if (!ONE) {
      assertThat(ends.keySet())
          .as("every end was met: %s", ends)
          .containsExactlyInAnyOrderElementsOf(
              Arrays.stream(CommandStatus.values())
                  .filter(CommandStatus::isFinal)
                  .collect(Collectors.toSet()));
    }
  }

  /// A command as the test knows it.
  private static final class Made {
    private final CommandId id;
    private final DeviceId device;
    private final Caller requester;
    private final Instant expiresAt;
    private Optional<Instant> startedAt = Optional.empty();
    private Optional<Instant> cancelledAt = Optional.empty();
    private Optional<CommandStatus> end = Optional.empty();
    private Optional<CommandStatus> acknowledged = Optional.empty();
    private int highestAttempt;
    private long received;

    /// Its device said lines of it and forgot it before it had confirmed it: should it run again,
    /// it starts again with line 1, behind those.
    private boolean saidAndForgotten;

    private Made(CommandId id, DeviceId device, Caller requester, Instant expiresAt) {
      this.id = id;
      this.device = device;
      this.requester = requester;
      this.expiresAt = expiresAt;
    }

    private CommandStatus end() {
      return end.orElseThrow();
    }

    private void started(Instant now) {
      startedAt = startedAt.or(() -> Optional.of(now));
    }

    /// A lease may have begun at the last moment; a tick comes every 3 s.
    private Instant latestEnd() {
      return startedAt
          .map(at -> at.plus(TIMEOUT).plusSeconds(60 + 3))
          .orElse(expiresAt.plusSeconds(30 + 2 * 3));
    }
  }

  /// What a machine has in its journal about one command.
  private static final class Execution {
    private final List<String> output = new ArrayList<>();
    private Optional<CommandStatus> end = Optional.empty();
    private boolean acknowledged;
  }

  /// A machine with a journal, which does now one thing, now another.
  private final class Machine {
    private final DeviceId id;
    private final Map<CommandId, Execution> journal = new LinkedHashMap<>();
    private final Set<CommandId> started = new HashSet<>();
    private Optional<Welcome> connection = Optional.empty();

    /// What it reads from, and what the server writes to: another one when the link is dead.
    private FakeLink link = new FakeLink();

    private FakeLink wire = link;
    private boolean deleted;

    private Machine(DeviceId id) {
      this.id = id;
    }

    private List<CommandId> open() {
      return journal.entrySet().stream()
          .filter(entry -> !entry.getValue().acknowledged)
          .map(Map.Entry::getKey)
          .toList();
    }
  }

  private final class History {
    private final CoreRig rig;
    private final SplittableRandom random;
    private final List<String> done = new ArrayList<>();
    private final Map<CommandId, Made> commands = new LinkedHashMap<>();
    private final List<Machine> machines = new ArrayList<>();
    private final List<Caller> callers = new ArrayList<>();
    private final Map<Caller, Instant> rightLost = new HashMap<>();

    private History(CoreRig rig, long seed, int number) {
      this.rig = rig;
      this.random = new SplittableRandom(seed);
      rig.events.clear();
      for (int i = 0; i < 2; i++) {
        machines.add(new Machine(rig.device("dev_" + number + "_" + i)));
      }
      callers.add(rig.key(Role.OPERATOR));
      callers.add(rig.key(Role.OPERATOR));
    }

    private void play() {
      for (int step = 0; step < STEPS; step++) {
        // So that two things that happen one after the other have different times.
        rig.clock.advance(Duration.ofMillis(1));
        step();
        machines.forEach(this::calm);
        look();
      }
      settle();
      rest();
    }

    private void step() {
      Machine machine = pick(machines);
      switch (random.nextInt(24)) {
        case 0, 1, 2, 3, 4 -> submit(machine);
        case 5 -> cancel();
        case 6, 7, 8 -> connect(machine);
        case 9 -> cut(machine, random.nextBoolean());
        case 10 -> dieWithoutAWord(machine);
        case 11, 12 -> time();
        case 13 -> restart();
        case 14 -> loseARight();
        case 15 -> forget(machine);
        case 16 -> deleteDevice(machine);
        default -> work(machine);
      }
    }

    /// Waits until what is handed out by another thread has arrived, so that a seed gives the same
    /// history again.
    private void calm(Machine machine) {
      if (machine.connection.isEmpty()) {
        return;
      }
      long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      while (!isCalm(machine) && System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }

    private boolean isCalm(Machine machine) {
      List<Command> open =
          rig.commandStore.unfinished(machine.id).stream().map(rig::command).toList();
      boolean full =
          open.stream().filter(command -> command.status() != CommandStatus.QUEUED).count() >= 16;
      return open.stream()
          .allMatch(command ->
              switch (command.status()) {
                case QUEUED -> full;
                case SENT -> machine.wire.given(command);
                default -> true;
              });
    }

    private void say(String format, Object... args) {
      done.add(format.formatted(args));
    }

    private <T> T pick(List<T> list) {
      return list.get(random.nextInt(list.size()));
    }

    private void submit(Machine machine) {
      Caller caller = random.nextInt(3) == 0 ? rig.admin : pick(callers);
      if (machine.deleted || rightLost.containsKey(caller)) {
        return;
      }
      Duration timeToLive = pick(List.of(Duration.ofSeconds(40), Duration.ofHours(1)));
      Instant now = rig.clock.instant();
      CommandId id = rig.submit(caller, machine.id, "bash", timeToLive);
      say("submit %s to %s for %s, lives %s", id, machine.id, caller.id(), timeToLive);
      commands.put(id, new Made(id, machine.id, caller, now.plus(timeToLive)));
    }

    private void cancel() {
      if (commands.isEmpty()) {
        return;
      }
      Made made = pick(List.copyOf(commands.values()));
      boolean neverGiven = rig.command(made.id).attempt() == 0;
      say("cancel %s", made.id);
      try {
        Command after = rig.commands.cancel(rig.admin, made.id);
        made.cancelledAt = made.cancelledAt.or(() -> Optional.of(rig.clock.instant()));
        if (neverGiven && after.attempt() == 0) {
          assertThat(after.status()).isIn(CommandStatus.CANCELLED);
        }
      } catch (Fault fault) {
        assertThat(fault.code()).isEqualTo(FaultCode.FAILED_PRECONDITION);
        assertThat(rig.command(made.id).status().isFinal()).isTrue();
      }
    }

    private void connect(Machine machine) {
      if (machine.deleted) {
        return;
      }
      FakeLink link = new FakeLink();
      List<CommandId> open = machine.open();
      Optional<Welcome> before = machine.connection;
      Welcome welcome = rig.hello(machine.id, link, open.toArray(CommandId[]::new));
      say("connect %s naming %s", machine.id, open);
      machine.connection = Optional.of(welcome);
      machine.link = link;
      machine.wire = link;
      welcome
          .executions()
          .forEach((id, received) -> {
            if (received.isEmpty()) {
              machine.journal.remove(id);
            } else {
              Made made = commands.get(id);
              assertThat(received.get())
                  .as("received of %s", id)
                  .isGreaterThanOrEqualTo(made.received);
              made.received = received.get();
              made.started(rig.clock.instant());
            }
          });
      for (Made made : commands.values()) {
        if (made.device.equals(machine.id) && made.startedAt.isPresent()) {
          assertThat(rig.command(made.id).status().isFinal() || open.contains(made.id))
              .as("%s, which the device does not know any more, has ended", made.id)
              .isTrue();
        }
      }
      if (random.nextInt(6) == 0) {
        say("… and gone before the welcome");
        rig.checkins.closed(welcome.session(), false);
        machine.connection = Optional.empty();
        return;
      }
      rig.checkins.ready(welcome);
      // The end of the link before is noticed late.
      before.ifPresent(old -> rig.checkins.closed(old.session(), false));
    }

    private void cut(Machine machine, boolean goodbye) {
      machine.connection.ifPresent(welcome -> {
        say("cut %s%s", machine.id, goodbye ? ", goodbye" : "");
        rig.checkins.closed(welcome.session(), goodbye);
        machine.connection = Optional.empty();
      });
    }

    /// The link is dead and nobody has noticed: what was given to it is not read any more.
    private void dieWithoutAWord(Machine machine) {
      say("%s reads no more", machine.id);
      machine.link = new FakeLink();
    }

    private void time() {
      Duration by =
          pick(List.of(Duration.ofSeconds(3), Duration.ofSeconds(31), Duration.ofSeconds(130)));
      say("%s pass", by);
      for (long seconds = by.toSeconds(); seconds > 0; seconds -= 3) {
        for (Machine machine : machines) {
          machine.connection.ifPresent(welcome -> rig.checkins.heard(welcome.session()));
        }
        rig.clock.advance(Duration.ofSeconds(Math.min(3, seconds)));
        rig.tick();
      }
      for (Made made : commands.values()) {
        if (rig.clock.instant().isAfter(made.latestEnd())) {
          assertThat(rig.command(made.id).status().isFinal())
              .as("%s has ended by %s", made.id, made.latestEnd())
              .isTrue();
        }
      }
    }

    private void restart() {
      say("restart");
      rig.restart();
      machines.forEach(machine -> machine.connection = Optional.empty());
    }

    private void loseARight() {
      Caller caller = pick(callers);
      if (random.nextInt(3) == 0 && rightLost.putIfAbsent(caller, rig.clock.instant()) == null) {
        say("key %s is deleted", caller.id());
        rig.keys.delete(rig.admin, caller.id());
      }
    }

    /// The machine was set up anew.
    private void forget(Machine machine) {
      if (random.nextInt(3) == 0) {
        say("%s forgets all", machine.id);
        cut(machine, false);
        machine.journal.forEach((id, execution) -> {
          if (!execution.output.isEmpty()) {
            commands.get(id).saidAndForgotten = true;
          }
        });
        machine.journal.clear();
        machine.started.clear();
      }
    }

    private void deleteDevice(Machine machine) {
      if (!machine.deleted && random.nextInt(4) == 0) {
        say("%s is deleted", machine.id);
        rig.devices.delete(rig.admin, machine.id);
        machine.deleted = true;
        machine.connection = Optional.empty();
      }
    }

    /// Reads what came, and goes on with one of its executions.
    private void work(Machine machine) {
      read(machine);
      if (machine.connection.isEmpty() || machine.open().isEmpty()) {
        return;
      }
      CommandId id = pick(machine.open());
      Execution execution = machine.journal.get(id);
      Welcome welcome = machine.connection.get();
      if (execution.end.isEmpty() && random.nextBoolean()) {
        String text = id + " line " + (execution.output.size() + 1);
        execution.output.add(text);
        say("%s says %s", machine.id, text);
        output(welcome, id, execution.output.size(), text);
        return;
      }
      end(welcome, id, execution);
    }

    private void output(Welcome welcome, CommandId id, long seq, String text) {
      rig.checkins.output(
          welcome.session(),
          id,
          rig.command(id).attempt(),
          new OutputChunk(
              seq, OutputChunk.Stream.STDOUT, text.getBytes(StandardCharsets.UTF_8), 0));
    }

    private void end(Welcome welcome, CommandId id, Execution execution) {
      if (execution.end.isEmpty()) {
        execution.end =
            Optional.of(
                pick(
                    List.of(
                        CommandStatus.COMPLETED,
                        CommandStatus.FAILED,
                        CommandStatus.TIMED_OUT,
                        CommandStatus.CANCELLED)));
      }
      // All output that may be missing comes before the end.
      for (int i = 0; i < execution.output.size(); i++) {
        output(welcome, id, i + 1, execution.output.get(i));
      }
      say("%s of %s: %s", execution.end.get(), welcome.device().id(), id);
      rig.checkins.ended(
          welcome.session(),
          id,
          execution.end.get(),
          new Command.Result(Optional.of(1), Optional.empty(), Optional.empty(), false));
      if (random.nextInt(4) > 0) {
        execution.acknowledged = true;
      }
      Made made = commands.get(id);
      made.acknowledged = made.acknowledged.or(() -> execution.end);
      if (made.end.isEmpty()) {
        assertThat(rig.command(id).status()).as("end of %s", id).isEqualTo(execution.end.get());
        made.received = execution.output.size();
      }
    }

    private void read(Machine machine) {
      if (machine.connection.isEmpty()) {
        return;
      }
      Welcome welcome = machine.connection.get();
      List<Command> all = new ArrayList<>();
      machine.link.executes.drainTo(all);
      for (Command given : all) {
        check(machine, given);
        answer(machine, welcome, given);
      }
    }

    private void answer(Machine machine, Welcome welcome, Command given) {
      if (!machine.journal.containsKey(given.id())) {
        switch (random.nextInt(8)) {
          case 0 -> {
            say("%s is busy for %s", machine.id, given.id());
            rig.checkins.refused(welcome.session(), given.id(), given.attempt(), "busy", true);
            rig.checkins.deliver(welcome.session());
            return;
          }
          case 1 -> {
            say("%s refuses %s", machine.id, given.id());
            rig.checkins.refused(welcome.session(), given.id(), given.attempt(), "no", false);
            return;
          }
          default -> {
            assertThat(machine.started.add(given.id())).as("started once").isTrue();
            machine.journal.put(given.id(), new Execution());
          }
        }
      }
      if (random.nextInt(5) == 0) {
        say("%s has %s and does not confirm", machine.id, given.id());
        return;
      }
      say("%s confirms %s", machine.id, given.id());
      commands.get(given.id()).started(rig.clock.instant());
      rig.checkins.started(welcome.session(), given.id());
    }

    /// What was given could be given when it was.
    private void check(Machine machine, Command given) {
      Made made = commands.get(given.id());
      say("given %s attempt %d to %s", given.id(), given.attempt(), machine.id);
      Instant sentAt = given.sentAt().orElseThrow();
      assertThat(given.device()).isEqualTo(machine.id);
      assertThat(sentAt).as("time to live").isBefore(made.expiresAt);
      assertThat(given.attempt()).as("attempt").isGreaterThan(made.highestAttempt);
      made.highestAttempt = given.attempt();
      made.cancelledAt.ifPresent(at -> assertThat(sentAt).as("cancelled").isBeforeOrEqualTo(at));
      Optional.ofNullable(rightLost.get(made.requester))
          .ifPresent(at -> assertThat(sentAt).as("right").isBeforeOrEqualTo(at));
    }

    /// Looks at every command: what has ended stays as it is.
    private void look() {
      for (Made made : commands.values()) {
        Command command = rig.command(made.id);
        if (made.end.isPresent()) {
          assertThat(command.status()).as("%s is final", made.id).isEqualTo(made.end());
        } else if (command.status().isFinal()) {
          made.end = Optional.of(command.status());
          made.acknowledged.ifPresent(
              told -> assertThat(command.status()).as("told end of %s", made.id).isEqualTo(told));
        }
      }
    }

    /// What waits for a device that is connected and has room reaches it.
    private void settle() {
      for (Machine machine : machines) {
        if (machine.deleted) {
          continue;
        }
        connect(machine);
        if (machine.connection.isEmpty()) {
          connect(machine);
        }
        if (machine.connection.isEmpty()) {
          continue;
        }
        say("settle %s", machine.id);
        await()
            .pollInterval(Duration.ofMillis(2))
            .atMost(Duration.ofSeconds(60))
            .until(() -> {
              read(machine);
              for (CommandId id : machine.open()) {
                end(machine.connection.orElseThrow(), id, machine.journal.get(id));
              }
              return rig.commandStore.unfinished(machine.id).stream()
                  .map(rig::command)
                  .noneMatch(command -> command.status() == CommandStatus.QUEUED);
            });
      }
      look();
    }

    /// Time passes, and all is over.
    private void rest() {
      machines.forEach(machine -> cut(machine, true));
      rig.clock.advance(Duration.ofHours(1));
      rig.tick();
      rig.clock.advance(TIMEOUT.plusSeconds(60));
      rig.tick();
      say("the end");
      look();
      for (Made made : commands.values()) {
        assertThat(made.end).as("%s has ended", made.id).isPresent();
        assertThat(finishedEvents(made.id)).as("ends told of %s", made.id).isEqualTo(1);
        List<OutputChunk> output = rig.commandStore.output(made.id, 0, 1000);
        assertThat(output.stream().map(OutputChunk::seq).filter(seq -> seq <= made.received))
            .as("output of %s up to %d", made.id, made.received)
            .hasSize((int) made.received);
        for (OutputChunk chunk : output) {
          assertThat(new String(chunk.data(), StandardCharsets.UTF_8))
              .startsWith(made.id + " line ")
              .endsWith(made.saidAndForgotten ? "" : " line " + chunk.seq());
        }
      }
    }

    private long finishedEvents(CommandId id) {
      return rig.events.stream()
          .filter(event -> event.type().equals(Event.COMMAND_FINISHED))
          .filter(event -> id.value().equals(event.body().get("command")))
          .count();
    }
  }
}
