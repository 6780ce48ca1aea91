package muster.command;

/// What can happen to a command.
public sealed interface CommandEvent {
  /// It is about to be given to the device's link.
  record Taken() implements CommandEvent {}

  /// The device confirmed that it has started it.
  record Started() implements CommandEvent {}

  /// The device would not start what it was given with that attempt; `again` when it may be asked
  /// once more (it was busy).
  record Refused(int attempt, String error, boolean again) implements CommandEvent {}

  /// The link is gone, or the device did not confirm in time: it may or may not have got it.
  record Unconfirmed() implements CommandEvent {}

  /// The device says how it ended.
  record Ended(CommandStatus status, Command.Result result) implements CommandEvent {}

  /// The device was stopped, or crashed, while it ran what it was given with that attempt.
  record Interrupted(long attempt, Command.Result result) implements CommandEvent {}

  /// Somebody with the right wants it stopped.
  record CancelRequested() implements CommandEvent {}

  /// The device came back and does not know it.
  record Unknown() implements CommandEvent {}

  /// Time has passed: leases, times to live and deadlines are looked at.
  record Clock() implements CommandEvent {}

  /// The requester has no right to it any more, or the device is gone.
  record Withdrawn(String why) implements CommandEvent {}
}
