package muster.checkin;

import java.util.Map;
import muster.device.DeviceFacts;
import muster.id.CommandId;
import muster.link.Arrival;

/// What a device says when it connects.
///
/// @param executions commands whose end the server has not acknowledged
public record Greeting(
    DeviceFacts facts, Arrival.Machine machine, Map<CommandId, Known> executions) {

  /// @param attempt of the latest delivery the device has seen
  public record Known(long attempt, boolean running) {}
}
