/// Server and agent as real processes that are killed at named points and at random.
@org.jspecify.annotations.NullMarked
package muster.it.crash;
