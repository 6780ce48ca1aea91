/// Routing: which device serves a tool when none is named, and why.
///
/// Start with [muster.routing.Router], a pure function; what explains and what executes ask the
/// same one.
@org.jspecify.annotations.NullMarked
package muster.routing;
