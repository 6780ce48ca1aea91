/// Files to this device and from it. The server asks over the socket; the bytes go over HTTP
/// requests of their own ([muster.agent.transfer.ServerFiles]), so that heartbeats and commands
/// wait behind none of them. Start with [muster.agent.transfer.Transfers].
///
/// Invariants: a file that comes is written beside its target and takes its place when all of it is
/// there, synced, and has the checksum it was sent with; one that goes is told complete only when
/// it has not changed meanwhile. What broke off goes on where it was, after a restart too. Paths
/// are checked and opened as the tools for files do it ([muster.agent.tool.OpenPlace]).
@org.jspecify.annotations.NullMarked
package muster.agent.transfer;
