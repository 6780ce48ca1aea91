/// The hash function the agent uses.
@org.jspecify.annotations.NullMarked
package muster.agent.hash;
