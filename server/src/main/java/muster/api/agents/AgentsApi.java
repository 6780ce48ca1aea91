package muster.api.agents;

import com.linecorp.armeria.common.MediaType;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import muster.api.agentbot.DeviceArray;
import muster.checkin.Reports;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.filter.Filter;
import muster.filter.Order;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;

/// Agents as people see them: list, detail, delete (rows F125–F127, F138).
public final class AgentsApi {
  /// A page's `limit`, and the header that carries the token of the next.
  private static final int MAX_LIMIT = 500;

  private static final String NEXT = "x-next-cursor";
  private static final Filter APPROVED = DeviceFields.filter("approval:approved");

  private final Devices devices;
  private final Reports reports;
  private final InstantSource clock;

  public AgentsApi(Devices devices, Reports reports, InstantSource clock) {
    this.devices = devices;
    this.reports = reports;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .stream("/api/agents", this::list)
            .get("/api/agents/{id}", this::get)
            .delete("/api/agents/{id}", this::delete)
            .list();
  }

  /// All of them, or with `limit` a page: the page has no envelope that a token could stand in.
  private Reply list(Call call) {
    if (call.query("limit").isEmpty() && call.query("cursor").isEmpty()) {
      DeviceArray all = new DeviceArray(devices, call.caller());
      return Reply.stream(
          MediaType.JSON_UTF_8, out -> all.write(out, APPROVED, Order.BY_ID, this::shown));
    }
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(MAX_LIMIT);
    Devices.Listing listing =
        devices.list(call.caller(), APPROVED, Order.BY_ID, limit, call.query("cursor"));
    Reply page = Reply.ok(listing.page().items().stream().map(this::shown).toList());
    return listing.next().map(token -> page.with(NEXT, token)).orElse(page);
  }

  private Object shown(Device device) {
    return AgentsJson.agent(device, clock.instant());
  }

  private Reply get(Call call) {
    Device device = devices.get(call.caller(), call.deviceId());
    return Reply.ok(AgentsJson.detail(device, reports.unnamed(device.id()), clock.instant()));
  }

  private Reply delete(Call call) {
    devices.deleteWithHistory(call.caller(), call.deviceId());
    return Reply.ok(Map.of("status", "deleted"));
  }
}
