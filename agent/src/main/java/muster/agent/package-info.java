/// The program on the device. It enrols once, keeps one WebSocket to the server
/// (docs/device-protocol.md), reports the host's health and runs commands.
///
/// Starting points: [muster.agent.Main] for the command line, [muster.agent.Daemon] for what runs,
/// [muster.agent.link.Session] for a connection from hello to close, [muster.agent.exec.Executions]
/// for commands. Packages, lowest first: `log`-like [muster.agent.Log] here, `state` (files), `net`
/// (addresses, trust, back-off), `facts`, `journal`, `enroll`, `exec`, `link`.
///
/// Runs on Java 17 and later with JDK modules only. Few threads: `main` holds the conversation,
/// `writer` sends, `timer` flushes output, three for each running command, two of the JDK's client.
@org.jspecify.annotations.NullMarked
package muster.agent;
