package muster.wire;

import java.util.List;
import java.util.Optional;

/// `device.hello`, the first request on a connection, from the agent within 10 s of the upgrade.
///
/// @param protocol the version the agent speaks (`wire/VERSIONS.md`); absent on the wire means 1
/// @param bootId `boot_id`, another one after each boot of the host; absent when unknown
/// @param machineId `machine_id`, an opaque hash that stays with the installation; absent when
///   unknown
/// @param capabilities the tools the agent has, such as `bash`; absent means none
/// @param executions every command whose end the server has not acknowledged; absent means none
public record Hello(
    int protocol,
    Facts facts,
    Optional<String> bootId,
    Optional<String> machineId,
    List<String> capabilities,
    List<KnownExecution> executions) {
  /// The version this code speaks.
  public static final int PROTOCOL = 1;

  private static final int MAX_CAPABILITIES = 64;

  public Hello {
    Check.range("protocol", protocol, 1, Integer.MAX_VALUE);
    Facts.check("boot_id", bootId);
    Facts.check("machine_id", machineId);
    capabilities = List.copyOf(capabilities);
    executions = List.copyOf(executions);
    if (capabilities.size() > MAX_CAPABILITIES) {
      throw new FieldException("capabilities", capabilities, "at most " + MAX_CAPABILITIES);
    }
    capabilities.forEach(name -> Check.text("capabilities", name, Facts.MAX_LENGTH));
  }

  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder().put("protocol", protocol);
    facts.addTo(json);
    return json.put("boot_id", bootId)
        .put("machine_id", machineId)
        .put("capabilities", capabilities)
        .put("executions", executions.stream().map(KnownExecution::toJson).toList())
        .build();
  }

  public static Hello fromJson(JsonObject json) {
    long protocol = json.optInteger("protocol").orElse(PROTOCOL);
    Check.range("protocol", protocol, 1, Integer.MAX_VALUE);
    return new Hello(
        (int) protocol,
        Facts.fromJson(json),
        json.optString("boot_id"),
        json.optString("machine_id"),
        json.strings("capabilities"),
        json.objects("executions", KnownExecution::fromJson));
  }
}
