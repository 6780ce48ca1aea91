/// Live connections. [muster.link.Links] knows which device holds which link, keeps presence (the
/// lease of [muster.device.DeviceState]) and cuts links that must go.
///
/// Invariants: at most one link a device, the newest wins by its epoch; a link that is replaced or
/// cut is closed and forgotten before anything else is sent to that device; presence in memory is
/// the truth, changes of it are stored at once and heartbeats within a second. `device.online` and
/// `device.offline` alternate for each device, as they are emitted in the transaction that changes
/// [muster.device.DeviceState#announced]. Silence is measured by [muster.link.Elapsed], not by the
/// wall clock.
///
/// [muster.link.Connections] has the links each device had, and why they ended.
@org.jspecify.annotations.NullMarked
package muster.link;
