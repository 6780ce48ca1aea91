/// HTTP plumbing that knows no feature: routes, the pipeline every request goes through, bodies and
/// answers. Armeria stays behind this package and `muster.socket`.
///
/// Start with [muster.http.Pipeline], whose `serve` is the visible list of steps, and
/// [muster.http.Routes]. Handlers block and read top to bottom; they run on virtual threads, never
/// on an event loop. Invariant: nothing of a large body is taken, and no place among those that are
/// dealt with at once, before it is known who asks.
@org.jspecify.annotations.NullMarked
package muster.http;
