package muster.checkin;

import java.util.Map;
import java.util.Optional;
import muster.device.Device;
import muster.id.CommandId;
import muster.link.Session;

/// The answer to a [Greeting].
///
/// @param executions for each command the device named: the last chunk of output that has arrived,
///   or empty when the device should forget it
public record Welcome(Session session, Device device, Map<CommandId, Optional<Long>> executions) {}
