package muster.api.snippbot;

import com.linecorp.armeria.common.HttpStatus;
import java.util.List;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;
import muster.remote.RemoteRequest;
import muster.remote.RemoteSession;
import muster.remote.RemoteSessions;

/// Remote sessions (rows F051, F052).
public final class SnippbotRemote {
  private final RemoteSessions sessions;

  public SnippbotRemote(RemoteSessions sessions) {
    this.sessions = sessions;
  }

  private record StartedJson(
      String sessionId,
      String deviceId,
      String type,
      String url,
      String expiresAt,
      boolean recorded) {}

  private record StoppedJson(int stopped) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .postStream("/api/devices/{id}/remote/start", this::start)
        .post("/api/devices/{id}/remote/stop", this::stop)
        .list();
  }

  private Reply start(Call call) throws InterruptedException {
    DeviceId device = call.deviceId();
    JsonBody body = call.json(true).only("type", "cols", "rows", "target");
    RemoteRequest request =
        RemoteRequest.of(
            body.optText("type"),
            body.optNumber("cols"),
            body.optNumber("rows"),
            body.optText("target"));
    RemoteSessions.Started started = sessions.start(call.caller(), device, request);
    RemoteSession session = started.session();
    return Reply.json(
        HttpStatus.CREATED,
        new StartedJson(
            session.id(),
            device.value(),
            session.kind().word(),
            "/api/devices/%s/remote/ws?session=%s&token=%s"
                .formatted(device, session.id(), started.ticket()),
            Reply.time(started.expiresAt()),
            session.recorded()));
  }

  private Reply stop(Call call) {
    DeviceId device = call.deviceId();
    JsonBody body = call.json(true).only("session_id");
    return Reply.ok(
        new StoppedJson(sessions.stop(call.caller(), device, body.optText("session_id"))));
  }
}
