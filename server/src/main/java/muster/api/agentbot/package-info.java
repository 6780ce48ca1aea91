/// Agentbot's device management: `POST /api/devices` (rows F140–F153), in
/// [muster.api.agentbot.AgentbotApi]. Its `GET` is answered together with Snippbot's, by
/// `SharedDeviceList`. Invariant: errors have the page's exact texts, `{"error": text}` and no
/// more.
@NullMarked
package muster.api.agentbot;

import org.jspecify.annotations.NullMarked;
