package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.linecorp.armeria.common.MediaType;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.http.BodyWriter;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.remote.Recording;
import muster.remote.Recordings;
import muster.remote.RemoteSession;
import muster.remote.RemoteSessions;
import muster.remote.RemoteTarget;
import org.jspecify.annotations.Nullable;

/// Which remote sessions there are, and what was recorded of earlier ones.
public final class RemoteApi {
  private static final MediaType ASCIICAST = MediaType.parse("application/x-asciicast");
  private static final int MAX_LIMIT = 1000;
  private static final int USUAL_LIMIT = 100;
  private static final int PIECE = 64 * 1024;

  private final RemoteSessions sessions;
  private final Recordings recordings;

  public RemoteApi(RemoteSessions sessions, Recordings recordings) {
    this.sessions = sessions;
    this.recordings = recordings;
  }

  private record SessionJson(
      String sessionId,
      String deviceId,
      String type,
      @Nullable String target,
      String startedBy,
      String startedAt,
      String lastUsedAt,
      int connections,
      long bytesSent,
      long bytesReceived,
      boolean recorded) {}

  private record SessionsJson(List<SessionJson> sessions) {}

  private record RecordingJson(
      String id, String deviceId, String startedBy, String startedAt, long bytes) {}

  private record RecordingsJson(
      List<RecordingJson> recordings,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
            .get("/v1/remote", call -> list(sessions.list(call.caller(), Optional.empty())))
            .get(
                "/v1/devices/{id}/remote",
                call -> list(sessions.list(call.caller(), Optional.of(call.deviceId()))))
            .get("/v1/recordings", this::recordings)
            .stream("/v1/recordings/{id}", this::recording)
            .list();
  }

  private static Reply list(List<RemoteSession> open) {
    return Reply.ok(new SessionsJson(open.stream().map(RemoteApi::json).toList()));
  }

  private static SessionJson json(RemoteSession session) {
    return new SessionJson(
        session.id(),
        session.device().value(),
        session.kind().word(),
        session.target().map(RemoteTarget::toString).orElse(null),
        session.startedBy(),
        Reply.time(session.startedAt()),
        Reply.time(session.lastUsedAt()),
        session.channels(),
        session.sent(),
        session.received(),
        session.recorded());
  }

  private Reply recordings(Call call) {
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(USUAL_LIMIT);
    List<Recording> found =
        recordings.list(
            call.caller(), call.query("device").map(call::deviceId), call.query("cursor"), limit);
    @Nullable String next = found.size() < limit ? null : found.getLast().id();
    return Reply.ok(new RecordingsJson(found.stream().map(RemoteApi::json).toList(), next));
  }

  private static RecordingJson json(Recording recording) {
    return new RecordingJson(
        recording.id(),
        recording.device().value(),
        recording.startedBy(),
        Reply.time(recording.startedAt()),
        recording.bytes());
  }

  private Reply recording(Call call) {
    InputStream text = recordings.open(call.caller(), call.path("id"));
    return Reply.stream(ASCIICAST, out -> copy(text, out));
  }

  private static void copy(InputStream text, BodyWriter out) throws Exception {
    try (text) {
      for (byte[] piece = text.readNBytes(PIECE);
          piece.length > 0;
          piece = text.readNBytes(PIECE)) {
        out.write(piece);
      }
    }
  }
}
