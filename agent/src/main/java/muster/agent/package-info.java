/// The program on the device. It enrols once, keeps one WebSocket to the server
/// (docs/device-protocol.md), reports the host's health, runs commands, carries files and opens
/// terminals and tunnels.
///
/// Starting points: [muster.agent.Main] for the command line, [muster.agent.Daemon] for what runs,
/// [muster.agent.link.Session] for a connection from hello to close, [muster.agent.exec.Executions]
/// for commands. Packages, lowest first: `log`, `hash`, `state` (files), `net` (addresses, trust,
/// back-off), `facts`, `policy` (what the owner allows), `tool` (what a command can be), `transfer`
/// (files), `journal`, `exec` (commands), `pty` (terminals), `remote` (terminals and tunnels),
/// `enroll`, `link`.
///
/// Runs on Java 17 and later with JDK modules only. Threads: `main` holds the conversation,
/// `writer` sends, `timer` flushes output and pings, up to three for each running command, two for
/// transfers, up to three for each remote session, and those of the JDK's clients.
@org.jspecify.annotations.NullMarked
package muster.agent;
