/// What the agent did, on disk: an execution is written and synced before its effect, its result
/// before it is sent. This is what makes a command run at most once.
@org.jspecify.annotations.NullMarked
package muster.agent.journal;
