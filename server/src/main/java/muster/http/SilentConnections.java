package muster.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Cuts off a connection that has not made one complete request (its headers, after a TLS handshake
/// if any) within a time. A client that sends a byte now and then keeps an idle timeout from
/// firing; it does not keep this one.
public final class SilentConnections extends ChannelInboundHandlerAdapter {
  private static final AttributeKey<Boolean> SPOKE =
      AttributeKey.valueOf(SilentConnections.class, "SPOKE");

  private final Duration patience;

  public SilentConnections(Duration patience) {
    this.patience = patience;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel channel = context.channel();
    channel
        .eventLoop()
        .schedule(
            () -> {
              if (channel.isActive() && !channel.hasAttr(SPOKE)) {
                channel.close();
              }
            },
            patience.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /// Notes that the connection has made a request.
  static void spoke(ServiceRequestContext context) {
    Channel channel = context.log().partial().channel();
    if (channel != null) {
      channel.attr(SPOKE).set(true);
    }
  }
}
