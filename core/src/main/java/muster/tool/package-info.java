/// The tools that devices may have: what they take, how risky they are, and by which names they go.
/// A device says itself which of them it has; a tool that is not listed here is left to it.
///
/// Start with [muster.tool.Tools], the catalogue. [muster.tool.Tool] is both: the schema that is
/// published and the check of what is submitted.
@org.jspecify.annotations.NullMarked
package muster.tool;
