/// Requests of the server's own to addresses that people have named.
@org.jspecify.annotations.NullMarked
package muster.outbound;
