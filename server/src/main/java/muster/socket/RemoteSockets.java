package muster.socket;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.netty.util.AttributeKey;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import muster.account.Credentials;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Dialect;
import muster.http.LogContext;
import muster.http.Pipeline;
import muster.http.Presented;
import muster.id.DeviceId;
import muster.remote.RemoteChannel;
import muster.remote.RemoteSeat;
import muster.remote.RemoteSessions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The two WebSockets of remote sessions: a person's and a device's. Both are let in, or refused as
/// any request, before the upgrade.
public final class RemoteSockets {
  public static final String PERSONS = "/api/devices/{id}/remote/ws";
  public static final String DEVICES = "/device/remote";

  private static final Logger log = LoggerFactory.getLogger(RemoteSockets.class);
  private static final AttributeKey<Guest> GUEST =
      AttributeKey.valueOf(RemoteSockets.class, "GUEST");
  private static final int PING_SECONDS = 15;
  private static final int INTERNAL_ERROR = 1011;
  private static final int MAX_FRAME = RemoteEnd.MAX_MESSAGE;

  private final RemoteSessions sessions;
  private final Credentials credentials;
  private final Checkins checkins;
  private final Pipeline pipeline;
  private final Optional<URI> publicUrl;
  private final Set<RemoteEnd> open = ConcurrentHashMap.newKeySet();

  /// What somebody who was let in does with the connection, on a thread of its own.
  private record Guest(Consumer<RemoteEnd> stay) {}

  /// Decides who is let in, and to what.
  private interface Door {
    Guest letIn(ServiceRequestContext context, HttpRequest request, Origin origin);
  }

  /// @param publicUrl where browsers find the server, if that is known
  public RemoteSockets(
      RemoteSessions sessions,
      Credentials credentials,
      Checkins checkins,
      Pipeline pipeline,
      Optional<URI> publicUrl) {
    this.sessions = sessions;
    this.credentials = credentials;
    this.checkins = checkins;
    this.pipeline = pipeline;
    this.publicUrl = publicUrl;
  }

  /// By the ticket of the session, or by the credential of who began it.
  public HttpService persons(Dialect dialect) {
    return service(dialect, this::person);
  }

  /// By the device's own credential, for a channel that it was asked to open.
  public HttpService devices(Dialect dialect) {
    return service(dialect, this::device);
  }

  private HttpService service(Dialect dialect, Door door) {
    WebSocketService socket =
        WebSocketService.builder(this::connect)
            .maxFramePayloadLength(MAX_FRAME)
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

  private Guest person(ServiceRequestContext context, HttpRequest request, Origin origin) {
    requireOwnOrigin(request);
    String session = Optional.ofNullable(context.queryParam("session")).orElse("");
    Optional<String> ticket = Optional.ofNullable(context.queryParam("token"));
    boolean byTicket = Pipeline.bearer(request).isEmpty() && ticket.isPresent();
    String given = String.valueOf(context.pathParam("id"));
    RemoteSeat seat =
        pipeline.authenticated(
            context,
            Pipeline.bearer(request).or(() -> ticket),
            "authentication required: the session's ticket, or Authorization: Bearer …",
            secret -> {
              if (!byTicket) {
                return admit(secret, origin, given, session);
              }
              Entrance.requireUpgrade(request); // or a look at the URL would use the ticket up
              return sessions.admit(device(given), session, secret);
            });
    Entrance.requireUpgrade(request);
    return new Guest(end -> sit(seat, end));
  }

  private RemoteSeat admit(String secret, Origin origin, String device, String session) {
    Caller caller = credentials.authenticate(secret, origin);
    if (!caller.role().isForPeople()) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED, "a device's token is good on device routes only");
    }
    return sessions.admit(caller, device(device), session);
  }

  private static DeviceId device(String text) {
    if (!DeviceId.isValid(text)) {
      throw Fault.notFound("device", text);
    }
    return new DeviceId(text);
  }

  private static void sit(RemoteSeat seat, RemoteEnd end) {
    try {
      seat.use(end);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A page of another site may make a browser connect here, and read along.
  private void requireOwnOrigin(HttpRequest request) {
    String origin = request.headers().get(HttpHeaderNames.ORIGIN);
    if (origin == null) {
      return;
    }
    String authority = String.valueOf(request.authority());
    boolean isOwn =
        origin.equals("https://" + authority)
            || origin.equals("http://" + authority)
            || publicUrl.map(url -> origin.equals(originOf(url))).orElse(false);
    if (!isOwn) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "Origin: not this server's",
          Map.of(Fault.REASON, "foreign_origin"));
    }
  }

  private static String originOf(URI url) {
    return url.getScheme() + "://" + url.getAuthority();
  }

  private Guest device(ServiceRequestContext context, HttpRequest request, Origin origin) {
    Identity identity =
        pipeline.authenticated(
            context,
            Presented.of(context, Pipeline.bearer(request)),
            origin,
            "authentication required: a device's token or certificate",
            checkins::identity);
    LogContext.aboutDevice(identity.device());
    String name = Optional.ofNullable(context.queryParam("channel")).orElse("");
    Entrance.requireUpgrade(request);
    RemoteChannel channel =
        sessions
            .expected(identity.device(), name)
            .orElseThrow(() -> Fault.notFound("channel", name));
    return new Guest(channel::joinedByDevice);
  }

  private WebSocket connect(ServiceRequestContext context, WebSocket in) {
    Guest guest = context.attr(GUEST);
    if (guest == null) {
      throw new IllegalStateException("a socket that was not let in");
    }
    WebSocketWriter out = WebSocket.streaming();
    RemoteEnd end = new RemoteEnd(context, out).reading(in);
    open.add(end);
    out.whenComplete().handle((done, problem) -> open.remove(end));
    pipeline.threads().execute(() -> stay(guest, end));
    return out;
  }

  private static void stay(Guest guest, RemoteEnd end) {
    try {
      guest.stay().accept(end);
    } catch (RuntimeException e) {
      log.error("a remote session's connection could not be served", e);
      end.close(INTERNAL_ERROR, "internal error");
    }
  }

  /// Looks at a fifteenth of the open connections; called once a second.
  public void tick(long second) {
    for (RemoteEnd end : open) {
      if (Math.floorMod(end.hashCode() - second, PING_SECONDS) == 0) {
        end.look();
      }
    }
  }
}
