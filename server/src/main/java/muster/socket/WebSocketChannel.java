package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/// The writing end of a device's WebSocket.
final class WebSocketChannel implements DeviceChannel {
  private static final long CLOSE_PATIENCE_SECONDS = 5;
  private static final int MAX_REASON = 100;

  private final ServiceRequestContext context;
  private final WebSocketWriter out;
  private final String address;

  WebSocketChannel(ServiceRequestContext context, WebSocketWriter out, String address) {
    this.context = context;
    this.out = out;
    this.address = address;
  }

  @Override
  public String address() {
    return address;
  }

  @Override
  public void send(String text) {
    // False when the connection is gone, of which the conversation is told anyway.
    out.tryWrite(text);
  }

  @Override
  public void ping() {
    if (out.isOpen()) {
      out.writePing();
    }
  }

  void pong() {
    if (out.isOpen()) {
      out.writePong();
    }
  }

  /// A peer that does not answer the close frame is cut off 5 s later.
  @Override
  public void close(int code, String reason) {
    String shown = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
    out.close(
        code >= 4000
            ? WebSocketCloseStatus.ofPrivateUse(code, shown)
            : WebSocketCloseStatus.valueOf(code),
        shown);
    context.eventLoop().schedule(this::cut, CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /// The request alone is not enough: over HTTP/1.1 the peer could go on sending for ever.
  private void cut() {
    context.request().abort();
    Channel channel = context.log().partial().channel();
    if (channel != null && !context.sessionProtocol().isMultiplex()) {
      channel.close();
    }
  }

  @Override
  public void later(long millis, Runnable task) {
    context.eventLoop().schedule(task, millis, TimeUnit.MILLISECONDS);
  }
}
