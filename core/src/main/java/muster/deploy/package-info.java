/// Puts the agent on a machine over SSH (F132): an attempt ends with the first hello of its device,
/// or leaves nothing behind, there and here.
///
/// Start with [muster.deploy.Deploys]. What reaches the machine is behind [muster.deploy.SshHosts].
/// Invariant: the key of a device stands in no argument of a process, in no file but the agent's
/// own, and in no log.
@org.jspecify.annotations.NullMarked
package muster.deploy;
