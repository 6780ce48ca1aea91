package muster.api.fleetd;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import muster.device.DeviceFacts;
import muster.device.Presence;
import muster.fleetd.v1.Device;
import muster.fleetd.v1.DeviceState;
import muster.fleetd.v1.SystemInfo;

/// Devices of the core as fleetd's messages, and what is said of machines the other way round.
final class DeviceMessages {
  private static final String EXTRA = "extra.";

  private DeviceMessages() {}

  static Device device(muster.device.Device device, List<String> groups, Instant now) {
    DeviceFacts facts = device.facts();
    boolean online = Presence.of(device, now).state() != Presence.State.OFFLINE;
    Device.Builder message =
        Device.newBuilder()
            .setId(device.id().value())
            .setName(device.name())
            .setStatus(online ? state(device) : DeviceState.OFFLINE)
            .setRegisteredAt(Times.of(device.createdAt()))
            .setUpdatedAt(Times.of(device.updatedAt()))
            .putAllMetadata(device.metadata())
            .addAllTags(device.tags())
            .addAllGroupIds(groups)
            .setSystemInfo(systemInfo(facts))
            .addAllCapabilities(facts.capabilities())
            .setApproval(device.approval().word())
            .setOnline(online);
    facts.deviceType().ifPresent(message::setType);
    facts.agentVersion().ifPresent(version -> message.setVersion(version).setAgentVersion(version));
    device.state().lastSeen().map(Times::of).ifPresent(message::setLastSeen);
    device.state().address().ifPresent(message::setIp);
    return message.build();
  }

  private static DeviceState state(muster.device.Device device) {
    return switch (device.condition()) {
      case NORMAL -> DeviceState.ONLINE;
      case UPDATING -> DeviceState.UPDATING;
      case ERROR -> DeviceState.ERROR;
      case MAINTENANCE -> DeviceState.MAINTENANCE;
    };
  }

  private static SystemInfo systemInfo(DeviceFacts facts) {
    Map<String, String> system = new TreeMap<>(facts.system());
    SystemInfo.Builder message = SystemInfo.newBuilder();
    facts.hostname().ifPresent(message::setHostname);
    facts.platform().ifPresent(message::setOs);
    facts.osVersion().ifPresent(message::setOsVersion);
    facts.architecture().ifPresent(message::setArch);
    take(system, "cpu_model", message::setCpuModel);
    take(system, "cpu_cores", text -> message.setCpuCores(Integer.parseInt(text)));
    take(system, "memory_mb", text -> message.setMemoryMb(Long.parseLong(text)));
    take(system, "storage_mb", text -> message.setStorageMb(Long.parseLong(text)));
    take(system, "kernel_version", message::setKernelVersion);
    take(system, "platform", message::setPlatform);
    take(system, "serial_number", message::setSerialNumber);
    system.forEach((key, text) -> message.putExtra(key.substring(EXTRA.length()), text));
    return message.build();
  }

  private static void take(Map<String, String> system, String key, Consumer<String> setter) {
    Optional.ofNullable(system.remove(key)).ifPresent(setter);
  }

  /// What a machine says of itself at its registration.
  static DeviceFacts facts(String type, String version, SystemInfo info) {
    Map<String, String> system = new TreeMap<>();
    info.getExtraMap().forEach((key, text) -> system.put(EXTRA + key, text));
    put(system, "cpu_model", info.getCpuModel());
    put(system, "cpu_cores", number(info.getCpuCores()));
    put(system, "memory_mb", number(info.getMemoryMb()));
    put(system, "storage_mb", number(info.getStorageMb()));
    put(system, "kernel_version", info.getKernelVersion());
    put(system, "platform", info.getPlatform());
    put(system, "serial_number", info.getSerialNumber());
    return new DeviceFacts(
            given(type),
            given(version),
            given(info.getHostname()),
            given(info.getOs()),
            given(info.getArch()),
            given(info.getOsVersion()),
            List.of(),
            Optional.empty())
        .withSystem(system);
  }

  private static void put(Map<String, String> system, String key, String text) {
    if (!text.isEmpty()) {
      system.put(key, text);
    }
  }

  private static String number(long number) {
    return number == 0 ? "" : Long.toString(number);
  }

  /// A field that is empty was not given.
  static Optional<String> given(String text) {
    return Optional.of(text).filter(value -> !value.isEmpty());
  }
}
