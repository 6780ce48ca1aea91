/// Typed identifiers. Nothing else in the core passes a bare string where an id is meant.
///
/// Start with [muster.id.DeviceId]. Ids are opaque; the forms made here are a prefix, `_` and 80
/// random bits in lower-case base 32, and an id is never given out twice.
@org.jspecify.annotations.NullMarked
package muster.id;
