/// WebSockets: of devices, of people's remote sessions, and of people's programs that watch the
/// fleet. The upgrade with its credential, frames one at a time on virtual threads, pings, and
/// closing. What the frames mean is the business of others (`muster.api.device`,
/// `muster.api.kvmfleet`, `muster.api.fleetd`, [muster.remote]).
///
/// Start with [muster.socket.Entrance], where who asks is let in or refused, then
/// [muster.socket.DeviceSockets], and [muster.socket.Guests] for those that have a thread each:
/// [muster.socket.RemoteSockets] and [muster.socket.PeopleSockets]. Invariant: of each connection
/// one frame is dealt with at a time, and the next is not read before: who is flooded with is held
/// back by TCP.
@org.jspecify.annotations.NullMarked
package muster.socket;
