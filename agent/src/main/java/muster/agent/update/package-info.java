/// Versions of software on this machine: fetched, verified, put beside the version before, switched
/// to, looked at, and kept or left again.
///
/// Start with [muster.agent.update.Installer]. Where an installation is stands in one small file
/// ([muster.agent.update.Journey]), written before each step's effect; what a restart of the agent
/// makes of it is a table ([muster.agent.update.Stage#resumed]). Versions are directories
/// ([muster.agent.update.Slots]), and which of them is current is a symbolic link that is replaced
/// in one go.
///
/// Invariants: at every instant, and after a crash at any, the current version is wholly the old or
/// wholly the new one; what was not verified is never unpacked or run; a program that an
/// installation brings is started at most once; what is told of an installation is what became of
/// it, also by the agent's next start.
@org.jspecify.annotations.NullMarked
package muster.agent.update;
