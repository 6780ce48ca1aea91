/// Live connections. [muster.link.Links] knows which device holds which link, keeps presence (the
/// lease of [muster.device.DeviceState]) and cuts links that must go.
///
/// Invariants: at most one link a device, the newest wins by its epoch; a link that is replaced or
/// cut is closed and forgotten before anything else is sent to that device; presence in memory is
/// the truth, changes of it are stored at once and heartbeats within a second.
@org.jspecify.annotations.NullMarked
package muster.link;
