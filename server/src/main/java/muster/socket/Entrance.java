package muster.socket;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import java.util.concurrent.CompletableFuture;
import muster.auth.Origin;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.LogContext;
import muster.http.Pipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What stands before a WebSocket: who asks is let in or refused, as any request, before the
/// upgrade.
final class Entrance {
  private static final Logger log = LoggerFactory.getLogger(Entrance.class);

  private final Pipeline pipeline;
  private final Dialect dialect;
  private final Check check;

  /// Decides who is let in, and leaves in the context what the socket needs to know of them. On a
  /// thread that may block.
  interface Check {
    /// @throws Fault told in the dialect's words
    void letIn(ServiceRequestContext context, HttpRequest request, Origin origin);
  }

  Entrance(Pipeline pipeline, Dialect dialect, Check check) {
    this.pipeline = pipeline;
    this.dialect = dialect;
    this.check = check;
  }

  HttpService to(WebSocketService socket) {
    return socket.decorate((delegate, context, request) -> {
      String requestId = pipeline.open(context);
      context.clearRequestTimeout();
      return HttpResponse.of(
          CompletableFuture.supplyAsync(
              () -> {
                try (var scope = LogContext.ofRequest(requestId)) {
                  return opened(delegate, context, request, requestId);
                }
              },
              pipeline.threads()));
    });
  }

  private HttpResponse opened(
      HttpService socket, ServiceRequestContext context, HttpRequest request, String requestId) {
    try {
      pipeline.admit(context);
      check.letIn(context, request, Pipeline.origin(context, dialect.name(), requestId));
      FrameHeads heads = new FrameHeads();
      return socket.serve(context, request.mapData(heads::next));
    } catch (Fault fault) {
      return pipeline.send(dialect, requestId, fault);
    } catch (Exception e) {
      log.error("a WebSocket could not be opened, request {}", requestId, e);
      return pipeline.send(dialect, requestId, new Fault(FaultCode.INTERNAL, "internal error"));
    }
  }

  static boolean isUpgrade(HttpRequest request) {
    return request.headers().contains(HttpHeaderNames.UPGRADE)
        || request.headers().contains(HttpHeaderNames.PROTOCOL);
  }

  static void requireUpgrade(HttpRequest request) {
    if (!isUpgrade(request)) {
      throw Fault.invalid("Upgrade", "nothing", "a WebSocket handshake");
    }
  }
}
