package muster.api.snippbot;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import muster.auth.Caller;
import muster.device.Approvals;
import muster.device.Device;
import muster.device.DeviceChange;
import muster.device.Devices;
import muster.fault.Fault;
import muster.group.Groups;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.DeviceId;

/// One device: look at it, change it, decide on it (rows F029, F035–F040, F045).
public final class SnippbotDevices {
  private static final int SHOWN_EXECUTIONS = 10;

  private final Devices devices;
  private final Approvals approvals;
  private final Groups groups;
  private final SnippbotExecutions executions;
  private final InstantSource clock;

  public SnippbotDevices(
      Devices devices,
      Approvals approvals,
      Groups groups,
      SnippbotExecutions executions,
      InstantSource clock) {
    this.devices = devices;
    this.approvals = approvals;
    this.groups = groups;
    this.executions = executions;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .get("/api/devices/{id}", this::get)
        .patch("/api/devices/{id}", this::update)
        .delete("/api/devices/{id}", this::delete)
        .get("/api/devices/{id}/health", this::health)
        .post("/api/devices/{id}/approve", call -> decide(call, approvals::approve))
        .post("/api/devices/{id}/deny", call -> decide(call, approvals::deny))
        .post("/api/devices/{id}/block", call -> decide(call, approvals::block))
        .post("/api/devices/{id}/unblock", call -> decide(call, approvals::unblock))
        .post("/api/devices/{id}/revoke-token", call -> decide(call, approvals::revoke))
        .list();
  }

  private Reply get(Call call) {
    return detail(call, devices.get(call.caller(), call.deviceId()));
  }

  private Reply detail(Call call, Device device) {
    return Reply.ok(
        SnippbotJson.detail(
            device,
            groups.of(call.caller(), List.of(device)).getOrDefault(device.id(), List.of()),
            executions.latest(call.caller(), device.id(), SHOWN_EXECUTIONS),
            clock.instant()));
  }

  private Reply update(Call call) {
    JsonBody body = call.json(true).only("name", "tags", "metadata");
    Device device =
        devices.update(
            call.caller(),
            call.deviceId(),
            new DeviceChange(
                body.optText("name"), body.optTexts("tags"), metadata(body), Optional.empty()));
    return detail(call, device);
  }

  private static Map<String, String> metadata(JsonBody body) {
    Map<String, String> metadata = new LinkedHashMap<>();
    body.optObject("metadata")
        .orElse(Map.of())
        .forEach((key, value) -> {
          switch (value) {
            case null -> metadata.put(key, "");
            case String text -> metadata.put(key, text);
            case Number number -> metadata.put(key, number.toString());
            case Boolean flag -> metadata.put(key, flag.toString());
            default -> throw Fault.invalid("metadata." + key, value, "text, or null to remove it");
          }
        });
    return metadata;
  }

  private Reply delete(Call call) {
    devices.delete(call.caller(), call.deviceId());
    return Reply.noContent();
  }

  private Reply health(Call call) {
    Device device = devices.get(call.caller(), call.deviceId());
    return Reply.ok(SnippbotJson.health(device, clock.instant()));
  }

  private Reply decide(Call call, BiFunction<Caller, DeviceId, Device> decision) {
    Device device = decision.apply(call.caller(), call.deviceId());
    return Reply.ok(SnippbotJson.device(device, clock.instant()));
  }
}
