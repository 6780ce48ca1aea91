@org.jspecify.annotations.NullMarked
package muster.agent.host;
