/// The messages of the device protocol (docs/device-protocol.md) as records, and the JSON they
/// travel in. Server and agent both use this package, so a field exists in one place only.
///
/// Starting points: [muster.wire.Rpc] for one frame on the socket, [muster.wire.Hello] for the
/// first of them, [muster.wire.ToolExecute] for a command, [muster.wire.Json] for the codec.
///
/// No logic lives here beyond checking what a field may hold. Everything is immutable and may be
/// shared between threads. Whatever is wrong about incoming text is a [muster.wire.JsonException];
/// a wrong field is its subtype [muster.wire.FieldException], which names field, value and what was
/// expected. Unknown fields are ignored, so that either side can be the newer one; what changed
/// when is in `wire/VERSIONS.md`.
///
/// Runs on Java 17: the agent uses the distribution's runtime and has no dependencies.
@org.jspecify.annotations.NullMarked
package muster.wire;
