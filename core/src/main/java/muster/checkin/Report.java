package muster.checkin;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.device.Condition;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.fault.Fault;
import muster.id.CommandId;

/// What a device tells that holds no connection, or tells beside it.
///
/// @param unnamed what it measures besides, kept as it is
/// @param received every command it has got and whose outcome it has not told; absent for a device
///   that keeps no account, to which nothing is given twice
/// @param condition what it says it is going through; absent = nothing is said
/// @param leaves whether it goes down now: it is offline from here on, and given nothing
public record Report(
    DeviceFacts facts,
    Health health,
    Map<String, Object> unnamed,
    Optional<List<CommandId>> received,
    List<Outcome> outcomes,
    Optional<Condition> condition,
    boolean leaves) {
  /// How many commands a report may name: four times what a device is given at once.
  private static final int MOST = 64;

  public Report {
    requireFew("received", received.map(List::size).orElse(0));
    requireFew("results", outcomes.size());
  }

  public Report(
      DeviceFacts facts,
      Health health,
      Map<String, Object> unnamed,
      Optional<List<CommandId>> received,
      List<Outcome> outcomes) {
    this(facts, health, unnamed, received, outcomes, Optional.empty(), false);
  }

  private static void requireFew(String field, int count) {
    if (count > MOST) {
      throw Fault.invalid(field, count + " commands", "at most " + MOST);
    }
  }

  /// How a command ended.
  ///
  /// @param status a final one
  public record Outcome(
      CommandId id,
      CommandStatus status,
      byte[] output,
      Optional<Integer> exitCode,
      Optional<String> error,
      Optional<Duration> duration) {

    Command.Result result() {
      return new Command.Result(exitCode, error, duration, false);
    }
  }

  /// What the device is to do.
  ///
  /// @param cancel what it was given and should stop
  public record Orders(List<Command> commands, List<CommandId> cancel) {
    static final Orders NONE = new Orders(List.of(), List.of());
  }
}
