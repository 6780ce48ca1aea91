/// Who asks and what they may do. One function decides for all dialects: [muster.auth.Access].
///
/// Start with [muster.auth.Caller]. Dialects never compare roles or permissions themselves.
@org.jspecify.annotations.NullMarked
package muster.auth;
