/// The simulator against a real server: what it checks, and that its check can fail.
@org.jspecify.annotations.NullMarked
package muster.it.simulator;
