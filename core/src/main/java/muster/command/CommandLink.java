package muster.command;

import muster.id.CommandId;
import muster.link.Link;

/// A link over which commands can be given. Both methods return at once; the device's answers come
/// through `muster.checkin`.
public interface CommandLink extends Link {
  void execute(Command command);

  void cancel(CommandId id);
}
