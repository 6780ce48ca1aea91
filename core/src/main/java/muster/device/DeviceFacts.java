package muster.device;

import java.util.List;
import java.util.Optional;

/// What a device says about itself, at enrolment and at each connection. None of it is proof of
/// anything: it is shown, searched and never trusted.
public record DeviceFacts(
    Optional<String> deviceType,
    Optional<String> agentVersion,
    Optional<String> hostname,
    Optional<String> platform,
    Optional<String> architecture,
    Optional<String> osVersion,
    List<String> capabilities) {
  public static final DeviceFacts NONE =
      new DeviceFacts(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of());

  public DeviceFacts {
    capabilities = List.copyOf(capabilities);
  }

  public DeviceFacts withAgentVersion(String version) {
    return new DeviceFacts(
        deviceType,
        Optional.of(version),
        hostname,
        platform,
        architecture,
        osVersion,
        capabilities);
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
        newer.capabilities.isEmpty() ? capabilities : newer.capabilities);
  }
}
