package muster.socket;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.JsonBody;
import muster.http.LogContext;
import muster.http.Pipeline;
import muster.http.Route;
import muster.wire.CloseCode;

/// WebSockets for people and their programs. The credential comes with the request, or as the first
/// message, `{"type":"auth","token":"…"}`: a browser's page sends no header of its own, and URLs
/// are seen by others. Who is let in has passed what every request passes.
public final class PeopleSockets {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String MISSING =
      "authentication required: Authorization: Bearer …, ?token=, or first of all"
          + " {\"type\":\"auth\",\"token\":\"…\"}";

  private final Pipeline pipeline;
  private final Guests guests;
  private final OwnPages pages;

  /// What is said on a socket.
  public interface Protocol {
    /// Talks until the connection is over, on a thread of its own.
    void talk(Caller caller, TextSocket socket) throws InterruptedException;

    /// The message that tells a fault.
    String error(Fault fault);
  }

  /// @param pages from which browsers may connect
  public PeopleSockets(Pipeline pipeline, Guests guests, OwnPages pages) {
    this.pipeline = pipeline;
    this.guests = guests;
    this.pages = pages;
  }

  /// @param needed what a caller must be allowed at least
  public HttpService service(String path, Permission needed, Dialect dialect, Protocol protocol) {
    Route route =
        Route.rpc(HttpMethod.GET, path, Route.Audience.PEOPLE, Route.Kind.STREAM, dialect);
    return guests.service(
        dialect, (context, request, origin) -> letIn(route, needed, protocol, context, request));
  }

  private Guests.Guest letIn(
      Route route,
      Permission needed,
      Protocol protocol,
      ServiceRequestContext context,
      HttpRequest request) {
    pages.require(request);
    Visit visit = new Visit(route, needed, protocol, context, withTokenOfUrl(context, request));
    if (visit.hasCredential() || !Entrance.isUpgrade(request)) {
      Caller caller = visit.enter();
      Entrance.requireUpgrade(request);
      return end -> visit.stay(end, () -> visit.talk(caller, end));
    }
    pipeline.limits().countStranger(context);
    return end -> visit.stay(end, () -> visit.greet(end));
  }

  private static HttpRequest withTokenOfUrl(ServiceRequestContext context, HttpRequest request) {
    String token = context.queryParam("token");
    return token == null || Pipeline.shown(request).isPresent() ? request : with(request, token);
  }

  private static HttpRequest with(HttpRequest request, String token) {
    return HttpRequest.of(
        request.headers().toBuilder()
            .set(HttpHeaderNames.AUTHORIZATION, "Bearer " + token)
            .build());
  }

  @FunctionalInterface
  private interface Talk {
    void go() throws InterruptedException;
  }

  /// One connection.
  private final class Visit {
    private final Route route;
    private final Permission needed;
    private final Protocol protocol;
    private final ServiceRequestContext context;
    private final HttpRequest request;
    private final String requestId;

    private Visit(
        Route route,
        Permission needed,
        Protocol protocol,
        ServiceRequestContext context,
        HttpRequest request) {
      this.route = route;
      this.needed = needed;
      this.protocol = protocol;
      this.context = context;
      this.request = request;
      this.requestId = Pipeline.begin(context);
    }

    private boolean hasCredential() {
      return Pipeline.shown(request).isPresent();
    }

    private Caller enter() {
      return enter(request);
    }

    private Caller enter(HttpRequest shown) {
      Pipeline.Entered entered = pipeline.enter(route, context, shown, requestId);
      // Also when it comes to no connection.
      context.log().whenComplete().thenRun(entered.pass()::close);
      try {
        Access.require(entered.caller(), needed);
        return entered.caller();
      } catch (Fault fault) {
        pipeline.denied(route, context, entered.caller(), fault);
        throw fault;
      }
    }

    private void stay(SocketEnd end, Talk talk) {
      try (var scope = LogContext.ofRequest(requestId)) {
        talk.go();
        end.close(CloseCode.NORMAL, "");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void talk(Caller caller, SocketEnd end) throws InterruptedException {
      protocol.talk(caller, new TextEnd(end, () -> pipeline.limits().countKnown(context, caller)));
    }

    /// Waits for the message that says who it is.
    private void greet(SocketEnd end) throws InterruptedException {
      Optional<SocketEnd.Message> first = end.receive(PATIENCE);
      if (first.isEmpty()) {
        end.close(CloseCode.HELLO_TIMEOUT, "no credential within 10 s");
        return;
      }
      Caller caller;
      try {
        caller = enter(with(request, token(first.get())));
      } catch (Fault fault) {
        end.send(WebSocketFrame.ofText(protocol.error(fault)));
        boolean isUnknown = fault.code() == FaultCode.UNAUTHENTICATED;
        end.close(isUnknown ? CloseCode.BAD_TOKEN : CloseCode.REFUSED, fault.code().name());
        return;
      }
      talk(caller, end);
    }

    private String token(SocketEnd.Message message) {
      JsonBody body = JsonBody.parse(message.text());
      if (!body.optText("type").equals(Optional.of("auth"))) {
        throw Fault.unauthenticated(MISSING);
      }
      return body.only("type", "token").secret("token");
    }
  }
}
