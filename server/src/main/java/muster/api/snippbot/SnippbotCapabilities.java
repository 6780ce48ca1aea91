package muster.api.snippbot;

import java.util.List;
import java.util.Map;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.Devices;
import muster.http.Call;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.link.Connection;
import muster.link.Connections;
import muster.tool.Tool;
import muster.tool.Tools;
import org.jspecify.annotations.Nullable;

/// What a device can do, as it said when it connected last (row F046).
public final class SnippbotCapabilities {
  private final Devices devices;
  private final Connections connections;

  public SnippbotCapabilities(Devices devices, Connections connections) {
    this.devices = devices;
    this.connections = connections;
  }

  public List<Route> routes() {
    return new Routes(new SnippbotFaults()).get("/api/devices/{id}/capabilities", this::get).list();
  }

  record ToolJson(
      String name,
      String description,
      Map<String, Object> argsSchema,
      String risk,
      String permission) {}

  record CapabilitiesJson(
      String deviceId,
      List<String> capabilities,
      List<ToolJson> tools,
      @Nullable String detectedAt) {}

  private Reply get(Call call) {
    Device device = devices.get(call.caller(), call.deviceId());
    DeviceFacts facts = device.facts();
    return Reply.ok(
        new CapabilitiesJson(
            device.id().value(),
            facts.capabilities(),
            Tools.ALL.stream()
                .filter(tool -> facts.has(tool.name()))
                .map(SnippbotCapabilities::json)
                .toList(),
            connections.find(call.caller(), device.id(), Long.MAX_VALUE, 1).stream()
                .map(Connection::beganAt)
                .map(Reply::time)
                .findFirst()
                .orElse(null)));
  }

  private static ToolJson json(Tool tool) {
    return new ToolJson(
        tool.name(),
        tool.description(),
        tool.argsSchema(),
        tool.risk().word(),
        tool.permission().word());
  }
}
