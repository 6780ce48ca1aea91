package muster.api.kvmfleet;

import com.linecorp.armeria.server.HttpService;
import java.time.InstantSource;
import muster.checkin.Checkins;
import muster.socket.DeviceSockets;

/// `GET /v1/agent/ws` (F017).
public final class KvmFleetSocket {
  public static final String PATH = "/v1/agent/ws";

  private final DeviceSockets sockets;
  private final Checkins checkins;
  private final InstantSource clock;

  public KvmFleetSocket(DeviceSockets sockets, Checkins checkins, InstantSource clock) {
    this.sockets = sockets;
    this.checkins = checkins;
    this.clock = clock;
  }

  public HttpService service() {
    return sockets.service(
        new KvmFleetFaults(),
        "token",
        (device, channel) -> new KvmFleetLink(device, channel, checkins, clock));
  }
}
