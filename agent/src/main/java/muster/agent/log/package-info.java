/// The agent's log.
@org.jspecify.annotations.NullMarked
package muster.agent.log;
