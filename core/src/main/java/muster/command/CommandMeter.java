package muster.command;

import java.time.Duration;

/// Hears how commands fare, once it is durable, on the writer's thread: must be quick.
public interface CommandMeter {
  CommandMeter NONE =
      new CommandMeter() {
        @Override
        public void sent(Duration waited) {}

        @Override
        public void ended(CommandStatus status) {}
      };

  /// A command was given to its device for the first time.
  ///
  /// @param waited since it was accepted
  void sent(Duration waited);

  /// A command has come to that final status.
  void ended(CommandStatus status);
}
