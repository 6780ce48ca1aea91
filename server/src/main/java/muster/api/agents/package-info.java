/// The Agents page (rows F125–F139, F159): what people see of devices, send to them and stream from
/// them under `/api/agents`. An *agent* here is a device, its *label* the device's name, and a
/// command's *type* a tool.
///
/// Invariant: the list and the history are bare arrays; errors are `{"error": text}`.
@NullMarked
package muster.api.agents;

import org.jspecify.annotations.NullMarked;
