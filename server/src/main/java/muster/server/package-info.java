/// Puts the parts together and runs them: configuration, wiring, start and stop.
///
/// Start with [muster.server.Main]; [muster.server.Wiring] is an ordered list of what the server is
/// made of.
@org.jspecify.annotations.NullMarked
package muster.server;
