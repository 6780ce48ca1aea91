package muster.api.agents;

import com.linecorp.armeria.server.HttpService;
import java.util.concurrent.Executor;
import muster.checkin.Checkins;
import muster.remote.RemoteSessions;
import muster.socket.DeviceSockets;

/// `GET /api/agent/ws?key=` (F159).
public final class AgentsSocket {
  public static final String PATH = "/api/agent/ws";

  private final DeviceSockets sockets;
  private final Checkins checkins;
  private final RemoteSessions remotes;
  private final Executor threads;

  public AgentsSocket(
      DeviceSockets sockets, Checkins checkins, RemoteSessions remotes, Executor threads) {
    this.sockets = sockets;
    this.checkins = checkins;
    this.remotes = remotes;
    this.threads = threads;
  }

  public HttpService service() {
    return sockets.service(
        new AgentsFaults(),
        "key",
        (device, channel) -> new AgentsLink(device, channel, checkins, remotes, threads));
  }
}
