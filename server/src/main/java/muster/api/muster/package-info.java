/// What no page asks for and people need: commands with their output as it comes, the audit log,
/// and the server's own state. In KVM Fleet's style, under `/v1`.
@org.jspecify.annotations.NullMarked
package muster.api.muster;
