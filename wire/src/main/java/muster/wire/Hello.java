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
/// @param policy of the device, where the agent knows of such a thing; absent for one that does not
/// @param executions every command whose end the server has not acknowledged; absent means none
public record Hello(
    int protocol,
    Facts facts,
    Optional<String> bootId,
    Optional<String> machineId,
    List<String> capabilities,
    Optional<PolicySummary> policy,
    List<KnownExecution> executions) {
  /// The version this code speaks.
  public static final int PROTOCOL = 1;

  private static final int MAX_CAPABILITIES = 64;

  public Hello {
    Check.range("protocol", protocol, 1, Integer.MAX_VALUE);
    Facts.check("boot_id", bootId);
    Facts.check("machine_id", machineId);
    capabilities = checkedCapabilities(capabilities);
    executions = List.copyOf(executions);
  }

  static List<String> checkedCapabilities(List<String> capabilities) {
    if (capabilities.size() > MAX_CAPABILITIES) {
      throw new FieldException("capabilities", capabilities, "at most " + MAX_CAPABILITIES);
    }
    capabilities.forEach(name -> Check.text("capabilities", name, Facts.MAX_LENGTH));
    return List.copyOf(capabilities);
  }

  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder().put("protocol", protocol);
    facts.addTo(json);
    json.put("boot_id", bootId).put("machine_id", machineId).put("capabilities", capabilities);
    policy.ifPresent(summary -> json.put("policy", summary.toJson()));
    return json.put("executions", executions.stream().map(KnownExecution::toJson).toList()).build();
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
        json.optObject("policy").map(PolicySummary::fromJson),
        json.objects("executions", KnownExecution::fromJson));
  }
}
