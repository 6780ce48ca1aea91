package muster.socket;

import com.linecorp.armeria.common.websocket.WebSocketCloseStatus;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.concurrent.TimeUnit;
import muster.link.Link;
import muster.wire.CloseCode;

/// The writing end of a device's WebSocket. Safe for use by many threads; nothing blocks.
public final class DeviceChannel {
  private static final long CLOSE_PATIENCE_SECONDS = 5;
  private static final int MAX_REASON = 100;

  private final ServiceRequestContext context;
  private final WebSocketWriter out;
  private final String address;

  DeviceChannel(ServiceRequestContext context, WebSocketWriter out, String address) {
    this.context = context;
    this.out = out;
    this.address = address;
  }

  /// Where the device connected from.
  public String address() {
    return address;
  }

  public void send(String text) {
    // False when the connection is gone, of which the conversation is told anyway.
    out.tryWrite(text);
  }

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

  /// Closes with the code of the device protocol for that reason.
  public void close(Link.CloseReason reason, String detail) {
    close(
        switch (reason) {
          case CUT -> CloseCode.REFUSED;
          case REPLACED, CLONE -> CloseCode.REPLACED;
          case SILENT -> CloseCode.GOING_AWAY;
          case RESTART -> CloseCode.RESTART;
        },
        detail);
  }

  /// Sends a close frame; a peer that does not answer it is cut off 5 s later.
  public void close(int code, String reason) {
    String shown = reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
    out.close(
        code >= 4000
            ? WebSocketCloseStatus.ofPrivateUse(code, shown)
            : WebSocketCloseStatus.valueOf(code),
        shown);
    context
        .eventLoop()
        .schedule(() -> context.request().abort(), CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /// Runs `task` after `millis` on the connection's event loop; it must not block.
  public void later(long millis, Runnable task) {
    context.eventLoop().schedule(task, millis, TimeUnit.MILLISECONDS);
  }
}
