/// This installation's own certificate authority and the server's certificate from it.
@org.jspecify.annotations.NullMarked
package muster.tls;
