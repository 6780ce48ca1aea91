/// What tests share: a real server on a free port with a clock that can be moved, devices over the
/// real wire, and a small HTTP client.
///
/// Start with [muster.testkit.TestMuster]. Nothing here is a mock: the store is SQLite in a
/// temporary directory, HTTP is HTTP, a [muster.testkit.FakeDevice] speaks the device protocol.
@org.jspecify.annotations.NullMarked
package muster.testkit;
