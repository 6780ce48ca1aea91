/// Connect, gRPC, gRPC-Web and gRPC-Web-text for grpc-java service definitions, on Armeria's HTTP
/// layer. Knows nothing of Muster and needs no `armeria-grpc`.
///
/// Start with [muster.connect.ConnectService], whose `serve` is the way of a request: find the
/// procedure, negotiate what is spoken, start a [muster.connect.Call]. All protocols share that one
/// `ServerCall`; they differ in the [muster.connect.Frames] they read and the
/// [muster.connect.Responder] they write. Sources: the Connect protocol
/// (connectrpc.com/docs/protocol), the gRPC over HTTP/2 and gRPC-Web specifications (grpc/grpc,
/// doc/PROTOCOL-HTTP2.md, PROTOCOL-WEB.md).
///
/// Invariants: a handler's callbacks never run at the same time; nothing a peer sends makes more
/// than one message of the allowed size be held; a call ends exactly once.
@org.jspecify.annotations.NullMarked
package muster.connect;
