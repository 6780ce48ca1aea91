package muster.connect;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Attributes;
import io.grpc.Grpc;

/// What interceptors may know of the HTTP request under a call, by `ServerCall.getAttributes()`.
/// The peer's address and TLS session (its certificate) stand under grpc-java's own keys,
/// `Grpc.TRANSPORT_ATTR_REMOTE_ADDR` and `Grpc.TRANSPORT_ATTR_SSL_SESSION`.
public final class ConnectAttributes {

  /// The request as it came, `:path` included.
  public static final Attributes.Key<RequestHeaders> HEADERS =
      Attributes.Key.create("muster.connect.headers");

  /// What the caller speaks.
  public static final Attributes.Key<Wire> WIRE = Attributes.Key.create("muster.connect.wire");

  /// Armeria's context of the request.
  public static final Attributes.Key<ServiceRequestContext> CONTEXT =
      Attributes.Key.create("muster.connect.context");

  private ConnectAttributes() {}

  static Attributes of(ServiceRequestContext ctx, Conversation talk) {
    var attributes =
        Attributes.newBuilder()
            .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, ctx.remoteAddress())
            .set(HEADERS, talk.headers())
            .set(WIRE, talk.wire())
            .set(CONTEXT, ctx);
    var session = ctx.sslSession();
    return session == null
        ? attributes.build()
        : attributes.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session).build();
  }
}
