/// Who did what, and who was refused: append-only rows, written in the transaction of the deed,
/// each carrying the hash of the one before.
///
/// Start with [muster.audit.Audit]. Invariant: row n's hash covers all its fields and row n−1's
/// hash, so that a changed, removed or swapped row shows at the first row after it.
@org.jspecify.annotations.NullMarked
package muster.audit;
