/// HTTP plumbing that knows no feature: routes, the pipeline every request goes through, bodies and
/// answers. Armeria stays behind this package and `muster.api.device`.
///
/// Start with [muster.http.Pipeline], whose `serve` is the visible list of steps, and
/// [muster.http.Routes]. Handlers block and read top to bottom; they run on virtual threads, never
/// on an event loop.
@org.jspecify.annotations.NullMarked
package muster.http;
