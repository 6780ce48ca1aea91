/// How a machine becomes a device: a proof is traded for a device and its credential.
///
/// Start with [muster.enrollment.Enrollments]; what all proofs share is [muster.enrollment.Intake].
/// [muster.enrollment.Provisions] needs none: a person makes the device, and hands on its key.
/// [muster.enrollment.Certificates] gives a device a certificate besides. Invariant: a token yields
/// one device, however many ask at once and whatever gets lost on the way.
@org.jspecify.annotations.NullMarked
package muster.enrollment;
