package muster.link;

import java.time.Instant;
import java.util.List;
import muster.device.LinkEnd;
import muster.id.DeviceId;

/// Where links are on record: the last [#KEPT] of each device, gone with the device. Writes happen
/// inside a write transaction.
public interface ConnectionStore {
  /// How many are kept of each device.
  int KEPT = 100;

  /// A link begins. One of the device that was open ends as replaced.
  void begin(Connection connection);

  /// A link ends; what has ended already, or is not on record any more, stays as it is.
  void end(DeviceId device, long epoch, Connection.End end);

  /// Ends all that are open, each at the last sign of life of its device: what can be known of
  /// links that a killed server held. Returns how many.
  int endAllOpen(LinkEnd why);

  /// The links of a device with an epoch below `before`, newest first, `limit` of them at most.
  List<Connection> find(DeviceId device, long before, int limit);

  /// Removes at most `limit` of those that ended before `before`; returns how many.
  int deleteEnded(Instant before, int limit);
}
