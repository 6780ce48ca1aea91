/// Remote sessions: a person's terminal on a device, or tunnels to a port of it.
///
/// Start with [muster.remote.RemoteSessions]. A session has channels: a terminal one, a tunnel one
/// for each connection. A channel ([muster.remote.RemoteChannel]) joins two sockets, the person's
/// and the device's, each a WebSocket of its own; it hands a frame on when the other side has taken
/// the one before, so who is slow holds back who is fast and nothing piles up here. A device is
/// asked for a channel over its link ([muster.remote.RemoteLink]).
///
/// Sessions live in this process's memory; their beginnings and ends are in the audit log, and what
/// a terminal showed may be recorded ([muster.remote.Recordings]). Invariants: a session ends when
/// its device is turned away, when who began it loses the right to it, when nobody uses it for a
/// while, and when the server stops; with it end its channels, and with these the shell on the
/// device.
@org.jspecify.annotations.NullMarked
package muster.remote;
