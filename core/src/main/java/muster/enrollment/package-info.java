/// How a machine becomes a device: a proof is traded for a device and its credential.
///
/// Start with [muster.enrollment.Enrollments]; what all proofs share is [muster.enrollment.Intake].
/// Invariant: a token yields one device, however many ask at once and whatever gets lost on the
/// way.
@org.jspecify.annotations.NullMarked
package muster.enrollment;
