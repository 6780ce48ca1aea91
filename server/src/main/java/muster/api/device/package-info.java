/// Muster's own device protocol, `GET /device/ws`: JSON-RPC 2.0 over a WebSocket, as
/// `docs/device-protocol.md` describes it.
@org.jspecify.annotations.NullMarked
package muster.api.device;
