package muster.command;

import muster.id.CommandId;
import muster.link.Link;

/// A link over which commands can be given. Its methods return at once; the device's answers come
/// through `muster.checkin`.
public interface CommandLink extends Link {
  void execute(Command command);

  void cancel(CommandId id);

  /// Whether the device knows commands it has seen. To one that does not, nothing is given of which
  /// it is not certain that it was never started.
  default boolean keepsAccount() {
    return true;
  }
}
