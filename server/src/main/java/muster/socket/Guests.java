package muster.socket;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.netty.util.AttributeKey;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import muster.auth.Origin;
import muster.http.Dialect;
import muster.http.Pipeline;
import muster.wire.CloseCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// WebSockets each of which has a thread of its own. Who asks is let in, or refused as any request,
/// before the upgrade.
public final class Guests {
  private static final Logger log = LoggerFactory.getLogger(Guests.class);
  private static final AttributeKey<Guest> GUEST = AttributeKey.valueOf(Guests.class, "GUEST");
  private static final int PING_SECONDS = 15;
  private static final int INTERNAL_ERROR = 1011;

  private final Pipeline pipeline;
  private final Set<SocketEnd> open = ConcurrentHashMap.newKeySet();

  /// Somebody who was let in.
  interface Guest {
    /// Uses the connection, on a thread of its own.
    void stay(SocketEnd end);
  }

  /// Decides who is let in, and to what.
  interface Door {
    Guest letIn(ServiceRequestContext context, HttpRequest request, Origin origin);
  }

  public Guests(Pipeline pipeline) {
    this.pipeline = pipeline;
  }

  HttpService service(Dialect dialect, Door door) {
    WebSocketService socket =
        WebSocketService.builder(this::connect)
            .maxFramePayloadLength(SocketEnd.MAX_MESSAGE)
            // Looked at by our own rule, which answers in the dialect's words.
            .allowedOrigins("*")
            .build();
    return new Entrance(
            pipeline,
            dialect,
            (context, request, origin) -> {
              context.setMaxRequestLength(0);
              context.setAttr(GUEST, door.letIn(context, request, origin));
            })
        .to(socket);
  }

  private WebSocket connect(ServiceRequestContext context, WebSocket in) {
    Guest guest = context.attr(GUEST);
    if (guest == null) {
      throw new IllegalStateException("a socket that was not let in");
    }
    WebSocketWriter out = WebSocket.streaming();
    SocketEnd end = new SocketEnd(context, out).reading(in);
    open.add(end);
    end.onClose(() -> open.remove(end));
    pipeline.threads().execute(() -> stay(guest, end));
    return out;
  }

  private static void stay(Guest guest, SocketEnd end) {
    try {
      guest.stay(end);
    } catch (RuntimeException e) {
      log.error("a connection could not be served", e);
      end.close(INTERNAL_ERROR, "internal error");
    }
  }

  /// Ends all that is open, because the server stops.
  public void closeAll() {
    open.forEach(end -> end.close(CloseCode.GOING_AWAY, "the server stops"));
  }

  /// Looks at a fifteenth of the open connections; called once a second.
  public void tick(long second) {
    for (SocketEnd end : open) {
      if (Math.floorMod(end.hashCode() - second, PING_SECONDS) == 0) {
        end.look();
      }
    }
  }
}
