/// The device's end of remote sessions: shells and tunnels, each over a WebSocket of its own, so
/// that what they carry never delays heartbeats and commands, and TCP holds back whoever is too
/// fast.
///
/// Start with [muster.agent.remote.Remotes]; a [muster.agent.remote.Channel] is one connection and
/// what is at its end. Nothing outlives the connection: no shell, no process of its session.
@org.jspecify.annotations.NullMarked
package muster.agent.remote;
