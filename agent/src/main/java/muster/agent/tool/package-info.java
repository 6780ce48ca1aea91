/// The agent's tools: what they take, and what those do that need no process.
///
/// Start with [muster.agent.tool.Tools], the list of them, and [muster.agent.tool.Task], a call
/// whose arguments were read and found good. The tools for files open what they use so that nobody
/// can exchange it between the check and the use ([muster.agent.tool.OpenPlace]).
@org.jspecify.annotations.NullMarked
package muster.agent.tool;
