/// WebSockets of devices: the upgrade with its credential, frames one at a time on virtual threads,
/// pings, and closing. What the frames mean is the adapters' business (`muster.api.device`,
/// `muster.api.kvmfleet`).
@org.jspecify.annotations.NullMarked
package muster.socket;
