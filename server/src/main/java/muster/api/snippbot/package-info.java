/// Snippbot's Devices API under `/api/devices` and `/api/device-groups` (rows F023–F067).
///
/// Start with [muster.api.snippbot.SnippbotDevices]; each part of the page is a class with its
/// route table on top: executions, groups, pairing, remote sessions, routing, transfers,
/// capabilities. [muster.api.snippbot.SnippbotJson] has the records they share, and
/// [muster.api.snippbot.SharedDeviceList] the one path that two dialects answer. Invariant: no rule
/// stands here; a handler decodes, calls the core once and encodes. Where we differ from the page:
/// docs/decisions/0013.
@NullMarked
package muster.api.snippbot;

import org.jspecify.annotations.NullMarked;
