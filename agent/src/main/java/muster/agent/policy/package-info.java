/// What the owner of this machine lets the server do on it: the file `policy.json` in the agent's
/// directory, which only this machine can change.
///
/// Start with [muster.agent.policy.Policy], the rules in force, and
/// [muster.agent.policy.PolicyFile], where they come from. A rule that is broken throws
/// [muster.agent.policy.DeniedException], whose message names it.
@org.jspecify.annotations.NullMarked
package muster.agent.policy;
