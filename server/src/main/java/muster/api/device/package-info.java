/// Muster's own device protocol: `GET /device/ws`, JSON-RPC 2.0 over a WebSocket, and beside it the
/// contents of files under `/device/transfers`; docs/device-protocol.md describes both.
///
/// Start with [muster.api.device.JsonRpcLink], one connection: what the device says goes to
/// [muster.checkin.Checkins], what the core wants of it comes in through the link's methods.
/// Invariant: an answer is taken for a request that this very connection has sent, or not at all.
@org.jspecify.annotations.NullMarked
package muster.api.device;
