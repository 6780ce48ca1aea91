/// A fleet in one thread: the server's real device side and the agent's real rules, on a virtual
/// clock, a seeded network, disks that lose what was not synced, and processes that are only
/// pretended. Any write may be the last one before a crash.
///
/// Start with [muster.testkit.simulation.History], which plays one seed and holds what happened
/// against what the server says. The same seed plays the same history.
@org.jspecify.annotations.NullMarked
package muster.testkit.simulation;
