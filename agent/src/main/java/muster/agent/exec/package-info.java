/// Commands: their processes, their output on disk, their ends.
///
/// Life of one: [muster.agent.exec.Executions#accept] asks the policy and writes `started` to the
/// journal, then [muster.agent.exec.Execution] starts the process group and waits, or
/// [muster.agent.exec.JobExecution] the thread of a tool that is none, [muster.agent.exec.Output]
/// cuts what it writes into chunks on the [muster.agent.exec.Spool], the result goes to the
/// journal, and both stay until the server acknowledged the result.
@org.jspecify.annotations.NullMarked
package muster.agent.exec;
