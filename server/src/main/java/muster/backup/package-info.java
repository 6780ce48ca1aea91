/// Everything an installation can't do without, in one file and back: the store and the keys.
///
/// Start with [muster.backup.Backups] (a running server hands one out) and [muster.backup.Restore]
/// (a stopped one is put back). Invariants: a backup that was not found sound is neither sent nor
/// put back; putting one back deletes nothing; what was revoked since stays revoked.
@org.jspecify.annotations.NullMarked
package muster.backup;
