/// The conversation with the server: connect, hello, heartbeats, requests, output, and again.
///
/// [muster.agent.link.Link] is the endless loop, [muster.agent.link.Session] one connection of it,
/// [muster.agent.link.Outbox] the order of what is sent.
@org.jspecify.annotations.NullMarked
package muster.agent.link;
