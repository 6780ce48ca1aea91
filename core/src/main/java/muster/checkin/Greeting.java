package muster.checkin;

import java.util.Map;
import muster.device.DeviceFacts;
import muster.id.CommandId;

/// What a device says when it connects.
///
/// @param bootId tells the machine's runs apart; empty when the protocol does not say
/// @param executions commands whose end the server has not acknowledged: true = still running
public record Greeting(DeviceFacts facts, String bootId, Map<CommandId, Boolean> executions) {}
