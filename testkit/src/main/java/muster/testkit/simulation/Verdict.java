package muster.testkit.simulation;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.OutputChunk;
import muster.device.DeviceState;
import muster.event.Event;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;

/// Holds what the server says at the end of a [History] against what has happened on the devices.
///
/// @param unruly whether the network drops, doubles and reorders frames
/// @param rightLost when the operator lost the right
record Verdict(
    SimulatedServer server,
    List<SimulatedAgent> agents,
    Timeline time,
    boolean unruly,
    Optional<Instant> rightLost) {
  /// @param all the commands that the server knows
  /// @param accepted those that it must know
  /// @throws AssertionError naming what is not as it was promised
  void pass(List<Command> all, List<CommandId> accepted) {
    Set<CommandId> stored = new HashSet<>();
    Set<String> keysUsed = new HashSet<>();
    for (Command command : all) {
      stored.add(command.id());
      check(
          keysUsed.add(command.idempotencyKey().orElseThrow()),
          "two commands of %s",
          command.idempotencyKey());
      judge(command);
    }
    check(stored.containsAll(accepted), "an accepted command is gone");
    agents.forEach(agent -> judgePresence(agent.id));
  }

  /// Online and offline are told in turn, and offline only of whom nothing was heard for 45 s.
  private void judgePresence(DeviceId device) {
    String next = Event.DEVICE_ONLINE;
    for (Event event : server.stores().events) {
      boolean presence =
          event.type().equals(Event.DEVICE_ONLINE) || event.type().equals(Event.DEVICE_OFFLINE);
      if (presence && event.device().equals(Optional.of(device))) {
        check(event.type().equals(next), "%s, twice in a row", event);
        next = next.equals(Event.DEVICE_ONLINE) ? Event.DEVICE_OFFLINE : Event.DEVICE_ONLINE;
        check(
            event.type().equals(Event.DEVICE_ONLINE)
                || unruly
                || !server.witness().heardWithin(DeviceState.LEASE, device, event.at()),
            "%s, and something had been heard",
            event);
      }
    }
    check(next.equals(Event.DEVICE_OFFLINE), "%s is called offline and is there", device);
  }

  private void judge(Command command) {
    String name = time.name(command.id().value());
    SimulatedHost host =
        agents.stream().filter(a -> a.id.equals(command.device())).findFirst().orElseThrow().host;
    Optional<SimulatedHost.Truth> truth = host.truth(command.id().value());
    int starts = truth.map(known -> known.starts).orElse(0);
    check(
        starts <= (command.idempotent() ? command.attempt() : 1),
        "%s was started %d times",
        name,
        starts);
    check(
        truthful(command, starts, truth.flatMap(known -> known.end)),
        "%s is %s (%s), but it was started %d times and ended %s",
        name,
        command.status(),
        command.result(),
        starts,
        truth.flatMap(known -> known.end));
    judgeTimes(name, command);
    List<Event> finished =
        server.stores().events.stream()
            .filter(event -> event.type().equals(Event.COMMAND_FINISHED))
            .filter(event -> command.id().value().equals(event.body().get("command")))
            .toList();
    check(finished.size() == 1, "%s has ended %d times", name, finished.size());
    check(
        command.status().word().equals(finished.getFirst().body().get("status")),
        "%s ended as %s, now it is %s",
        name,
        finished.getFirst(),
        command.status());
    if (command.status() == CommandStatus.COMPLETED && !unruly) {
      judgeOutput(name, command, truth.orElseThrow().output);
    }
  }

  private static boolean truthful(Command command, int starts, Optional<ToolResult> end) {
    String error = command.result().flatMap(Command.Result::error).orElse("");
    return switch (command.status()) {
      case COMPLETED ->
          end.filter(known -> known.status() == ToolStatus.COMPLETED)
              .map(known -> Optional.of(known.exitCode().getAsInt()))
              .equals(command.result().map(Command.Result::exitCode));
      case TIMED_OUT -> end.filter(known -> known.status() == ToolStatus.TIMED_OUT).isPresent();
      case CANCELLED ->
          error.isEmpty()
              ? end.filter(known -> known.status() == ToolStatus.CANCELLED).isPresent()
              : starts == 0 || mayHaveRunBefore(command);
      case EXPIRED -> starts == 0 || mayHaveRunBefore(command);
      case FAILED -> error.contains("the agent was stopped while it ran") || starts == 0;
      // Nobody knows: but never of a device whose journal is whole.
      case LOST -> !error.contains("came back without knowing");
      case QUEUED, SENT, RUNNING -> false;
    };
  }

  /// It was to be run again, and was not.
  private static boolean mayHaveRunBefore(Command command) {
    return command.idempotent() && command.run().firstAttempt() > 1;
  }

  /// Within its deadline and 60 s, or as soon as there is a server again.
  private void judgeTimes(String name, Command command) {
    Instant end = command.finishedAt().orElseThrow();
    Instant deadline =
        command
            .startedAt()
            .map(started -> started.plus(command.timeout()))
            .filter(command.expiresAt()::isBefore)
            .orElse(command.expiresAt());
    Instant latest = server.witness().firstTickAfter(deadline.plusSeconds(60)).plusSeconds(1);
    check(!end.isAfter(latest), "%s ended at %s, its deadline was %s", name, end, deadline);
    if (command.requesterId().startsWith("key:") && rightLost.isPresent()) {
      check(
          command.sentAt().map(sent -> !sent.isAfter(rightLost.get())).orElse(true),
          "%s was sent after its requester had lost the right",
          name);
    }
  }

  private void judgeOutput(String name, Command command, List<String> truth) {
    List<String> output =
        server.stores().commands.output(command.id(), 0, 1000).stream()
            .map(OutputChunk::data)
            .map(data -> new String(data, java.nio.charset.StandardCharsets.UTF_8))
            .toList();
    List<String> lastRun = output.subList((int) command.run().outputBefore(), output.size());
    check(lastRun.equals(truth), "%s printed %s, the server has %s", name, truth, output);
  }

  static void check(boolean holds, String message, Object... args) {
    if (!holds) {
      throw new AssertionError(message.formatted(args));
    }
  }
}
