/// Files on their way to a device or from it: stored here and then forwarded, so that neither end
/// waits for the other, and each goes on where it was when its connection breaks.
///
/// Start with [muster.transfer.Transfers], what people do, and [muster.transfer.Handovers], what
/// devices do. [muster.transfer.TransferRules] is what becomes of a transfer:
///
/// ```
///            taken
///   queued ---------> running      ended by the device: completed, failed
///     ^                  |         cancelled, withdrawn, expired
///     '---- returned ----'         each of them from both, for good
/// ```
///
/// Invariants: content is in a blob named by the transfer ([muster.id.TransferId#blob()]), never in
/// memory; nobody is given content whose SHA-256 was not checked; a device reaches transfers of its
/// own that run, and no others; the content of a blob that no transfer needs is gone within a
/// minute, as every sweep looks at all blobs and not at what was remembered.
@org.jspecify.annotations.NullMarked
package muster.transfer;
