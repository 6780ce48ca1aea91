/// The operator's program, `muster`: it speaks the HTTP API of docs/api.md and nothing else.
///
/// Start at [Muster], which names every command; each group of commands is one class
/// ([DeviceCommands], [ExecCommand], …). A command reads its options, makes one or two calls on
/// [Api] and hands the answer to [Output], which knows the three forms: a table on a terminal,
/// tab-separated values elsewhere, the server's JSON with `--json`.
///
/// Invariants:
///
/// - Whatever a device or the server says goes through [Text#visible] before it reaches a terminal.
///   The one exception is the output of a command, which is passed on as raw bytes, as ssh does.
/// - A token is sent only to the server it belongs to ([Session#connection]).
/// - Everything outside the program (streams, environment, time, signals) comes from [Terminal].
@NullMarked
package muster.cli;

import org.jspecify.annotations.NullMarked;
