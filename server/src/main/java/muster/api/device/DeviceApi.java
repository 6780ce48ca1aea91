package muster.api.device;

import com.linecorp.armeria.server.HttpService;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executor;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.checkin.Checkins;
import muster.checkin.Identity;
import muster.socket.Conversation;
import muster.socket.DeviceChannel;
import muster.socket.DeviceSockets;
import muster.stream.MetricStreams;
import muster.transfer.Handovers;

/// `GET /device/ws`.
public final class DeviceApi {
  public static final String PATH = "/device/ws";

  private final DeviceSockets sockets;
  private final Checkins checkins;
  private final Executor threads;
  private final InstantSource clock;
  private final int heartbeatSeconds;
  private final Handovers handovers;
  private final MetricStreams metrics;

  public DeviceApi(
      DeviceSockets sockets,
      Checkins checkins,
      Executor threads,
      InstantSource clock,
      int heartbeatSeconds,
      Handovers handovers,
      MetricStreams metrics) {
    this.sockets = sockets;
    this.checkins = checkins;
    this.threads = threads;
    this.clock = clock;
    this.heartbeatSeconds = heartbeatSeconds;
    this.handovers = handovers;
    this.metrics = metrics;
  }

  public HttpService socket() {
    return sockets.service(
        new KvmFleetFaults(),
        "token",
        (device, channel) ->
            conversation(
                device,
                channel,
                checkins,
                threads,
                clock,
                heartbeatSeconds,
                Optional.of(handovers),
                Optional.of(metrics)));
  }

  /// The server's side of one connection.
  ///
  /// @param threads runs what may block
  /// @param handovers absent where no files are carried, as in a simulation of commands
  /// @param metrics absent where nobody watches any
  public static Conversation conversation(
      Identity device,
      DeviceChannel channel,
      Checkins checkins,
      Executor threads,
      InstantSource clock,
      int heartbeatSeconds,
      Optional<Handovers> handovers,
      Optional<MetricStreams> metrics) {
    return new JsonRpcLink(
        device, channel, checkins, threads, clock, heartbeatSeconds, handovers, metrics);
  }
}
