/// Shells on terminals of their own. Start with [muster.agent.pty.Terminals]. On JDK 22 and later
/// the C library is called (`src/main/java22`, the multi-release part of the jar); on older ones
/// `script(1)` holds the terminal.
@org.jspecify.annotations.NullMarked
package muster.agent.pty;
