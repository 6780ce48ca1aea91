package muster.wire;

import java.util.List;

/// `device.policy`, from the agent when the policy of its device has changed since hello.
///
/// @param capabilities the tools that are left, as in [Hello]
public record PolicyChanged(PolicySummary policy, List<String> capabilities) {
  public PolicyChanged {
    capabilities = Hello.checkedCapabilities(capabilities);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("policy", policy.toJson())
        .put("capabilities", capabilities)
        .build();
  }

  public static PolicyChanged fromJson(JsonObject json) {
    return new PolicyChanged(
        PolicySummary.fromJson(json.object("policy")), json.strings("capabilities"));
  }
}
