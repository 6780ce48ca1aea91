package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.device.LinkEnd;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.link.Connection;
import muster.link.ConnectionStore;
import muster.link.Connections;
import org.jspecify.annotations.Nullable;

/// The links a device had.
public final class ConnectionApi {
  private final Connections connections;

  public ConnectionApi(Connections connections) {
    this.connections = connections;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults()).get("/v1/devices/{id}/connections", this::list).list();
  }

  record ConnectionJson(
      long number,
      String beganAt,
      @Nullable String endedAt,
      String address,
      @Nullable String end,
      @Nullable String reason) {}

  record ConnectionList(
      List<ConnectionJson> connections,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  private Reply list(Call call) {
    int limit = call.queryNumber("limit", 1, ConnectionStore.KEPT).orElse(ConnectionStore.KEPT);
    long before = call.query("cursor").map(ConnectionApi::number).orElse(Long.MAX_VALUE);
    List<Connection> found = connections.find(call.caller(), call.deviceId(), before, limit);
    return Reply.ok(
        new ConnectionList(
            found.stream().map(ConnectionApi::json).toList(),
            found.size() < limit ? null : Long.toString(found.getLast().epoch())));
  }

  private static long number(String text) {
    try {
      long number = Long.parseLong(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw Fault.invalid("cursor", text, "the next_cursor of this list");
  }

  private static ConnectionJson json(Connection connection) {
    Optional<Connection.End> end = connection.end();
    return new ConnectionJson(
        connection.epoch(),
        Reply.time(connection.beganAt()),
        end.map(Connection.End::at).map(Reply::time).orElse(null),
        connection.address(),
        end.map(Connection.End::why).map(LinkEnd::word).orElse(null),
        end.map(Connection.End::why).map(LinkEnd::sentence).orElse(null));
  }
}
