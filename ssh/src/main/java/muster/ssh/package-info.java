/// The way to machines over SSH, by JSch: keys of one directory, host keys that are remembered.
///
/// Start with [muster.ssh.JschHosts]. Invariant: nobody is logged in to whose key is not known or
/// newly trusted on purpose, and no secret is ever a part of a message.
@org.jspecify.annotations.NullMarked
package muster.ssh;
