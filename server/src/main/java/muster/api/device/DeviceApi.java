package muster.api.device;

import com.linecorp.armeria.server.HttpService;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.socket.DeviceSockets;

/// `GET /device/ws`.
public final class DeviceApi {
  public static final String PATH = "/device/ws";

  private final DeviceSockets sockets;
  private final Checkins checkins;
  private final Executor threads;
  private final InstantSource clock;
  private final int heartbeatSeconds;

  public DeviceApi(
      DeviceSockets sockets,
      Checkins checkins,
      Executor threads,
      InstantSource clock,
      int heartbeatSeconds) {
    this.sockets = sockets;
    this.checkins = checkins;
    this.threads = threads;
    this.clock = clock;
    this.heartbeatSeconds = heartbeatSeconds;
  }

  public HttpService socket() {
    return sockets.service(
        new KvmFleetFaults(),
        (device, channel) ->
            conversation(device, channel, checkins, threads, clock, heartbeatSeconds));
  }

  /// The server's side of one connection.
  ///
  /// @param threads runs what may block
  public static Conversation conversation(
      Identity device,
      DeviceChannel channel,
      Checkins checkins,
      Executor threads,
      InstantSource clock,
      int heartbeatSeconds) {
    return new JsonRpcLink(device, channel, checkins, threads, clock, heartbeatSeconds);
  }
}
