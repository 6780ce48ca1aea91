package muster.socket;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.Optional;
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

/// The two WebSockets of remote sessions: a person's and a device's. Both are let in, or refused as
/// any request, before the upgrade.
public final class RemoteSockets {
  public static final String PERSONS = "/api/devices/{id}/remote/ws";
  public static final String DEVICES = "/device/remote";

  private final RemoteSessions sessions;
  private final Credentials credentials;
  private final Checkins checkins;
  private final Pipeline pipeline;
  private final Guests guests;
  private final OwnPages pages;

  /// @param pages from which browsers may open a person's
  public RemoteSockets(
      RemoteSessions sessions,
      Credentials credentials,
      Checkins checkins,
      Pipeline pipeline,
      Guests guests,
      OwnPages pages) {
    this.sessions = sessions;
    this.credentials = credentials;
    this.checkins = checkins;
    this.pipeline = pipeline;
    this.guests = guests;
    this.pages = pages;
  }

  /// By the ticket of the session, or by the credential of who began it.
  public HttpService persons(Dialect dialect) {
    return guests.service(dialect, this::person);
  }

  /// By the device's own credential, for a channel that it was asked to open.
  public HttpService devices(Dialect dialect) {
    return guests.service(dialect, this::device);
  }

  private Guests.Guest person(ServiceRequestContext context, HttpRequest request, Origin origin) {
    pages.require(request);
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
    return end -> sit(seat, new RemoteEnd(end));
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

  private Guests.Guest device(ServiceRequestContext context, HttpRequest request, Origin origin) {
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
    return end -> channel.joinedByDevice(new RemoteEnd(end));
  }
}
