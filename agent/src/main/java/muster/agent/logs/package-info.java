/// Logs that the server follows: files, and the journal of systemd.
///
/// Start with [muster.agent.logs.Followers], of which each connection has its own: when it ends, so
/// do they. A [muster.agent.logs.Follower] reads one [muster.agent.logs.LogSource] on a thread of
/// its own and holds one frame ready; it reads on when the link has taken that. So what the link
/// has no room for stays in the file or in the pipe of `journalctl`, and no line, however long,
/// costs more memory than a frame.
@org.jspecify.annotations.NullMarked
package muster.agent.logs;
