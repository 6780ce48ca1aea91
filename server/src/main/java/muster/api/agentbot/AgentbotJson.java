package muster.api.agentbot;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import muster.device.Device;
import muster.http.Reply;

/// Agentbot's JSON: camelCase, whatever the rest of the server does (C05).
public final class AgentbotJson {
  private AgentbotJson() {}

  /// The object of row F142.
  public record DeviceJson(
      String id,
      String name,
      String ip,
      @JsonProperty("firstSeen") String firstSeen,
      @JsonProperty("lastSeen") String lastSeen,
      String status) {}

  public static DeviceJson device(Device device) {
    Instant firstSeen = device.createdAt();
    return new DeviceJson(
        device.id().value(),
        device.name(),
        device.state().address().orElse(""),
        Reply.time(firstSeen),
        Reply.time(device.state().lastSeen().orElse(firstSeen)),
        device.approval().word());
  }
}
