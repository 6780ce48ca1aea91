package muster.checkin;

import java.util.Map;
import muster.device.DeviceFacts;
import muster.id.CommandId;
import muster.link.Arrival;

/// What a device says when it connects.
///
/// @param executions commands whose end the server has not acknowledged: true = still running
public record Greeting(
    DeviceFacts facts, Arrival.Machine machine, Map<CommandId, Boolean> executions) {}
