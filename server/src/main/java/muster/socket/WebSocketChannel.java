package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// The writing end of a device's WebSocket.
final class WebSocketChannel implements DeviceChannel {
  private static final long CLOSE_PATIENCE_SECONDS = 5;

  /// Bytes of a close frame that are left for the reason (RFC 6455, 5.5 and 5.5.1).
  private static final int MAX_REASON = 123;

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
  public void awaitTaken() throws InterruptedException {
    try {
      out.whenConsumed().get();
    } catch (ExecutionException e) {
      // It is gone, of which the conversation is told anyway.
    }
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
    String shown = shown(reason);
    out.close(
        code >= 4000
            ? WebSocketCloseStatus.ofPrivateUse(code, shown)
            : WebSocketCloseStatus.valueOf(code),
        shown);
    context.eventLoop().schedule(this::cut, CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /// As much of it as a frame takes, cut between characters.
  static String shown(String reason) {
    String shown = reason;
    while (shown.getBytes(StandardCharsets.UTF_8).length > MAX_REASON) {
      shown = shown.substring(0, shown.offsetByCodePoints(shown.length(), -1));
    }
    return shown;
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
