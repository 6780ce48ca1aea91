/// What happened, in one order. Every change that others may want to know of is emitted inside the
/// transaction that makes it: stored with it, and told to subscribers after it is durable.
///
/// This is also how a lower feature reaches an upper one: *down by call, up by event*. A
/// [muster.event.Reactor] runs inside the transaction, a [muster.event.Subscriber] after it.
@org.jspecify.annotations.NullMarked
package muster.event;
