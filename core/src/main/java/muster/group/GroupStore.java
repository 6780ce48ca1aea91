package muster.group;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.id.DeviceId;
import muster.id.GroupId;

/// Where groups are kept. Writes happen inside a write transaction; a device that is deleted is in
/// no group any more.
public interface GroupStore {
  void insert(DeviceGroup group);

  Optional<DeviceGroup> find(GroupId id);

  boolean isNameTaken(String name);

  /// By name.
  List<DeviceGroup> all();

  /// Whether there was one.
  boolean delete(GroupId id);

  /// Whether it was not a member before.
  boolean add(GroupId group, DeviceId device);

  /// Whether it was a member.
  boolean remove(GroupId group, DeviceId device);

  /// In the order of ids.
  List<DeviceId> members(GroupId group);

  int size(GroupId group);

  /// The groups each device is in, by name; a device that is in none is left out.
  Map<DeviceId, List<DeviceGroup>> of(Collection<DeviceId> devices);
}
