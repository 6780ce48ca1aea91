/// What survives a restart of the agent: its directory, the lock on it and durable files.
@org.jspecify.annotations.NullMarked
package muster.agent.state;
