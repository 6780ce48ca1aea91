package muster.checkin;

import java.util.Map;
import muster.id.DeviceId;

/// Where the latest measures without a name of ours are kept, gone with their device. Writes happen
/// inside a write transaction.
public interface ReportStore {
  /// Replaces those of the device.
  void save(DeviceId device, Map<String, Object> unnamed);

  /// Empty when there are none.
  Map<String, Object> find(DeviceId device);
}
