/// What no page asks for and people need, in KVM Fleet's style, under `/v1`: commands with their
/// output as it comes, files, remote sessions and recordings, the audit log, backup and the
/// server's own state.
///
/// Start with [muster.api.muster.MusterApi]. Each class has its route table on top.
@org.jspecify.annotations.NullMarked
package muster.api.muster;
