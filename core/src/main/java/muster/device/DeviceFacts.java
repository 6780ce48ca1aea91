package muster.device;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.tool.Tools;

/// What a device says about itself, at enrolment and at each connection. None of it is proof of
/// anything: it is shown, searched and never trusted.
///
/// @param system what more is known of the machine, such as `cpu_cores`: at most 64 texts by key
public record DeviceFacts(
    Optional<String> deviceType,
    Optional<String> agentVersion,
    Optional<String> hostname,
    Optional<String> platform,
    Optional<String> architecture,
    Optional<String> osVersion,
    List<String> capabilities,
    Optional<DevicePolicy> policy,
    Map<String, String> system) {
  private static final int MOST_SYSTEM = 64;

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
    system = Map.copyOf(system);
  }

  public DeviceFacts(
      Optional<String> deviceType,
      Optional<String> agentVersion,
      Optional<String> hostname,
      Optional<String> platform,
      Optional<String> architecture,
      Optional<String> osVersion,
      List<String> capabilities,
      Optional<DevicePolicy> policy) {
    this(
        deviceType,
        agentVersion,
        hostname,
        platform,
        architecture,
        osVersion,
        capabilities,
        policy,
        Map.of());
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
        policy,
        reported(system));
  }

  private static Map<String, String> reported(Map<String, String> system) {
    Map<String, String> fit = new TreeMap<>();
    system.forEach((key, value) -> {
      String name = Names.reported(key, Names.MAX_NAME);
      String text = Names.reported(value, Names.MAX_REPORTED);
      if (fit.size() < MOST_SYSTEM && !name.isEmpty() && !text.isEmpty()) {
        fit.put(name, text);
      }
    });
    return fit;
  }

  public DeviceFacts withSystem(Map<String, String> told) {
    return new DeviceFacts(
        deviceType,
        agentVersion,
        hostname,
        platform,
        architecture,
        osVersion,
        capabilities,
        policy,
        told);
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
        policy,
        system);
  }

  public DeviceFacts withCapabilities(List<String> told) {
    return new DeviceFacts(
        deviceType,
        agentVersion,
        hostname,
        platform,
        architecture,
        osVersion,
        told,
        policy,
        system);
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
        Optional.of(newPolicy),
        system);
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
        newer.policy.or(() -> policy),
        newer.system.isEmpty() ? system : newer.system);
  }
}
