package muster.api.agents;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.checkin.Report;
import muster.checkin.Reports;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.CommandId;
import muster.id.DeviceId;

/// `POST /api/agents/{id}/report` (F128): all that a machine needs to be a device are `curl` and a
/// key.
public final class AgentsReports {
  private static final int MAX_BODY = 512 * 1024;
  private static final int MAX_UNNAMED = 64 * 1024;
  private static final double MANY = 9.0e18;

  /// What is read here, or stands for what the server knows better: whatever else a report holds is
  /// kept as it is.
  private static final Set<String> NAMED =
      Set.of(
          "hostname",
          "os",
          "platform",
          "arch",
          "agent_version",
          "capabilities",
          "cpu_percent",
          "mem_percent",
          "disk_percent",
          "uptime_s",
          "load_1m",
          "load_5m",
          "load_15m",
          "mem_total",
          "cpu_temp_c",
          "net_bytes_sent",
          "net_bytes_recv",
          "timestamp",
          "received",
          "results");

  private final Reports reports;
  private final InstantSource clock;
  private final int heartbeatSeconds;

  public AgentsReports(Reports reports, InstantSource clock, int heartbeatSeconds) {
    this.reports = reports;
    this.clock = clock;
    this.heartbeatSeconds = heartbeatSeconds;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .report("/api/agents/{id}/report", MAX_BODY, this::report)
        .list();
  }

  /// @param interval in how many seconds the next report is expected
  private record Answer(
      String status, List<AgentsJson.OrderJson> commands, List<String> cancel, int interval) {}

  private Reply report(Call call) {
    DeviceId id = call.deviceId();
    call.countAsDevice(call.caller().id());
    Report.Orders orders = reports.report(call.caller(), id, decoded(call.json()));
    return Reply.ok(
        new Answer(
            "ok",
            orders.commands().stream().map(AgentsJson::order).toList(),
            orders.cancel().stream().map(CommandId::value).toList(),
            heartbeatSeconds));
  }

  private Report decoded(JsonBody body) {
    Optional<List<CommandId>> received =
        body.optTexts("received").map(ids -> ids.stream().map(CommandId::new).toList());
    List<Report.Outcome> outcomes =
        body.optObjects("results").orElse(List.of()).stream().map(AgentsOutcome::decoded).toList();
    return new Report(facts(body), health(body), unnamed(body), received, outcomes);
  }

  private static DeviceFacts facts(JsonBody body) {
    return new DeviceFacts(
            Optional.empty(),
            text(body, "agent_version"),
            text(body, "hostname"),
            text(body, "platform"),
            text(body, "arch"),
            text(body, "os"),
            body.optTexts("capabilities").orElse(List.of()),
            Optional.empty())
        .reported();
  }

  private static Optional<String> text(JsonBody body, String field) {
    return body.isNull(field) ? Optional.empty() : body.optText(field);
  }

  private Health health(JsonBody body) {
    return new Health(
        clock.instant(),
        percent(body, "cpu_percent"),
        percent(body, "mem_percent"),
        percent(body, "disk_percent"),
        load(body),
        whole(body, "uptime_s"),
        body.optDecimal("cpu_temp_c", -273, 1000),
        whole(body, "mem_total"),
        whole(body, "net_bytes_sent"),
        whole(body, "net_bytes_recv"));
  }

  private static Optional<Double> percent(JsonBody body, String field) {
    return body.optDecimal(field, 0, 100);
  }

  /// Shells tell seconds with a fraction, as `/proc/uptime` does.
  private static Optional<Long> whole(JsonBody body, String field) {
    return body.optDecimal(field, 0, MANY).map(Double::longValue);
  }

  /// All three, or none.
  private static List<Double> load(JsonBody body) {
    List<Double> load = new ArrayList<>();
    for (String field : List.of("load_1m", "load_5m", "load_15m")) {
      body.optDecimal(field, 0, 1_000_000).ifPresent(load::add);
    }
    return load.size() == 3 ? load : List.of();
  }

  private static Map<String, Object> unnamed(JsonBody body) {
    Map<String, Object> unnamed = body.without(NAMED);
    int size = Reply.bytes(unnamed).length;
    if (size > MAX_UNNAMED) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "body: %d bytes of fields without a name here (expected: at most %d)"
              .formatted(size, MAX_UNNAMED),
          Map.of(Fault.REASON, "payload_too_large"));
    }
    return unnamed;
  }
}
