package muster.simulator;

import java.util.Optional;
import muster.wire.ToolResult;

/// What a device truly did about one command.
///
/// @param deliveries how often it was given
/// @param attempt the fencing number of the last delivery
/// @param starts how often it was started: once, whatever happens, unless the journal was lost
/// @param refusals how often it was turned away
/// @param result how it ended here
/// @param acknowledged the server has said that it has the result
/// @param wiped the device has lost its memory of it
public record Deed(
    int deliveries,
    long attempt,
    int starts,
    int refusals,
    Optional<ToolResult> result,
    boolean acknowledged,
    boolean wiped) {
  static final Deed NONE = new Deed(0, 0, 0, 0, Optional.empty(), false, false);

  Deed delivered(long number) {
    return new Deed(deliveries + 1, number, starts, refusals, result, acknowledged, wiped);
  }

  Deed started() {
    return new Deed(deliveries, attempt, starts + 1, refusals, result, acknowledged, wiped);
  }

  Deed refused() {
    return new Deed(deliveries, attempt, starts, refusals + 1, result, acknowledged, wiped);
  }

  Deed ended(ToolResult end) {
    return new Deed(deliveries, attempt, starts, refusals, Optional.of(end), acknowledged, wiped);
  }

  Deed acknowledgedByServer() {
    return new Deed(deliveries, attempt, starts, refusals, result, true, wiped);
  }

  Deed forgotten() {
    return new Deed(deliveries, attempt, starts, refusals, result, acknowledged, true);
  }
}
