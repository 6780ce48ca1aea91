package muster.device;

import java.util.List;
import java.util.Optional;
import muster.tool.Tools;

/// What a device says about itself, at enrolment and at each connection. None of it is proof of
/// anything: it is shown, searched and never trusted.
public record DeviceFacts(
    Optional<String> deviceType,
    Optional<String> agentVersion,
    Optional<String> hostname,
    Optional<String> platform,
    Optional<String> architecture,
    Optional<String> osVersion,
    List<String> capabilities,
    Optional<DevicePolicy> policy) {
  public static final DeviceFacts NONE =
      new DeviceFacts(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty());

  public DeviceFacts {
    capabilities = List.copyOf(capabilities);
  }

  /// These facts cut to size and freed of control characters: what a device says, fit to be kept.
  /// Its policy is not looked at.
  public DeviceFacts reported() {
    return new DeviceFacts(
        Names.reported(deviceType),
        Names.reported(agentVersion),
        Names.reported(hostname),
        Names.reported(platform),
        Names.reported(architecture),
        Names.reported(osVersion),
        Names.reported(capabilities),
        policy);
  }

  public DeviceFacts withAgentVersion(String version) {
    return new DeviceFacts(
        deviceType,
        Optional.of(version),
        hostname,
        platform,
        architecture,
        osVersion,
        capabilities,
        policy);
  }

  /// @param left the capabilities that the policy leaves
  public DeviceFacts withPolicy(DevicePolicy newPolicy, List<String> left) {
    return new DeviceFacts(
        deviceType,
        agentVersion,
        hostname,
        platform,
        architecture,
        osVersion,
        left,
        Optional.of(newPolicy));
  }

  /// Whether it says that it has a tool, by whatever name.
  public boolean has(String tool) {
    String name = Tools.canonical(tool);
    return capabilities.stream().anyMatch(capability -> Tools.covers(capability, name));
  }

  /// These facts, with `newer` winning wherever it knows something.
  public DeviceFacts updatedBy(DeviceFacts newer) {
    return new DeviceFacts(
        newer.deviceType.or(() -> deviceType),
        newer.agentVersion.or(() -> agentVersion),
        newer.hostname.or(() -> hostname),
        newer.platform.or(() -> platform),
        newer.architecture.or(() -> architecture),
        newer.osVersion.or(() -> osVersion),
        newer.capabilities.isEmpty() && newer.policy.isEmpty() ? capabilities : newer.capabilities,
        newer.policy.or(() -> policy));
  }
}
