/// Agentbot's device management: `POST /api/devices` (rows F140–F153). Its `GET` is answered
/// together with Snippbot's.
@NullMarked
package muster.api.agentbot;

import org.jspecify.annotations.NullMarked;
