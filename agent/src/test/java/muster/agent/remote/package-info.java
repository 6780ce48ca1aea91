@org.jspecify.annotations.NullMarked
package muster.agent.remote;
