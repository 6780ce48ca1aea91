package muster.api.fleetd;

import com.google.protobuf.FieldMask;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.device.Condition;
import muster.device.DeviceChange;
import muster.fault.Fault;
import muster.fleetd.v1.Device;
import muster.fleetd.v1.DeviceState;

/// Which fields of a device an update changes (F091, F118). The paths are those of
/// google.aip.dev/161, and besides, `metadata.<key>` names one key, spelt as it is.
final class UpdateMask {
  private static final String METADATA = "metadata";
  private static final String EXPECTED = "name, tags, metadata, metadata.<key> or status";

  private UpdateMask() {}

  /// The change that a mask and the new values ask for; without a mask every field that is set.
  ///
  /// @throws Fault INVALID_ARGUMENT for a path that names no field, or one that can't be changed
  static DeviceChange change(FieldMask mask, Device device) {
    List<String> paths = mask.getPathsCount() == 0 ? set(device) : mask.getPathsList();
    Optional<String> name = Optional.empty();
    Optional<List<String>> tags = Optional.empty();
    Optional<Condition> condition = Optional.empty();
    Map<String, String> metadata = new HashMap<>();
    boolean all = false;
    for (String path : paths) {
      switch (path) {
        case "name" -> name = Optional.of(device.getName());
        case "tags" -> tags = Optional.of(device.getTagsList());
        case "status" -> condition = Optional.of(condition(device.getStatus()));
        case METADATA -> {
          all = true;
          metadata.putAll(device.getMetadataMap());
        }
        default -> {
          String key = key(path);
          metadata.put(key, device.getMetadataOrDefault(key, ""));
        }
      }
    }
    return new DeviceChange(name, tags, metadata, all, condition, Optional.empty());
  }

  private static List<String> set(Device device) {
    List<String> paths = new ArrayList<>();
    device.getAllFields().keySet().forEach(field -> paths.add(field.getName()));
    paths.remove("id"); // compared by whoever asks
    return paths;
  }

  private static String key(String path) {
    String prefix = METADATA + ".";
    if (!path.startsWith(prefix) || path.length() == prefix.length()) {
      throw Fault.invalid("update_mask", path, EXPECTED);
    }
    return path.substring(prefix.length());
  }

  private static Condition condition(DeviceState state) {
    return switch (state) {
      case MAINTENANCE -> Condition.MAINTENANCE;
      case ONLINE, DEVICE_STATE_UNSPECIFIED -> Condition.NORMAL;
      default -> throw Fault.invalid("device.status", state, "MAINTENANCE, or ONLINE to end that");
    };
  }
}
