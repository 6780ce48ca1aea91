package muster.wire;

import java.util.Optional;

/// `remote.start`, the server's request to open one end of a remote session on the device. Answered
/// by `{}`, or refused with one of the codes in [RpcError]. Once it has answered, the agent
/// connects to `/device/remote?channel=…`, over which bytes travel as binary frames and
/// [RemoteControl] as text.
///
/// @param sessionId `session_id`
/// @param channel names the connection that is to be made; absent means that the server only wants
///   to know whether the device's policy would allow it
/// @param kind `type`: `terminal`, `tcp` or `http`
/// @param size `cols` and `rows` of the terminal; absent means 80 and 24
/// @param host where to connect to; absent for a terminal
/// @param port 1..65535; absent for a terminal
public record RemoteStart(
    String sessionId,
    Optional<String> channel,
    String kind,
    RemoteControl.Resize size,
    Optional<String> host,
    int port) {
  public static final String TERMINAL = "terminal";

  private static final int MAX_ID = 128;
  private static final int MAX_KIND = 16;
  private static final int MAX_HOST = 253;
  private static final int MAX_PORT = 65_535;

  public RemoteStart {
    Check.text("session_id", sessionId, MAX_ID);
    channel.ifPresent(name -> Check.text("channel", name, MAX_ID));
    Check.text("type", kind, MAX_KIND);
    host.ifPresent(name -> {
      Check.text("host", name, MAX_HOST);
      Check.range("port", port, 1, MAX_PORT);
    });
    if (host.isPresent() == kind.equals(TERMINAL)) {
      throw new FieldException("host", host.orElse(null), "a host for tunnels only");
    }
  }

  public boolean isTerminal() {
    return kind.equals(TERMINAL);
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder().put("session_id", sessionId).put("channel", channel).put("type", kind);
    if (host.isPresent()) {
      return json.put("host", host).put("port", port).build();
    }
    return json.put("cols", size.cols()).put("rows", size.rows()).build();
  }

  public static RemoteStart fromJson(JsonObject json) {
    long port = json.optInteger("port").orElse(0);
    Check.range("port", port, 0, MAX_PORT);
    return new RemoteStart(
        json.string("session_id"),
        json.optString("channel"),
        json.string("type"),
        RemoteControl.Resize.fromJson(json),
        json.optString("host"),
        (int) port);
  }
}
