package muster.device;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.fault.Fault;

/// What to change about a device; absent = leave as it is. Tags replace the present ones.
///
/// @param metadata replaces the values of these keys; an empty value removes its key
/// @param onlyThese whether every other key of the metadata goes
/// @param condition [Condition#MAINTENANCE], or [Condition#NORMAL] to take that back
/// @param onlyIf the change is made only if [Device#version()] is one of these; absent = whatever
///   it is
public record DeviceChange(
    Optional<String> name,
    Optional<List<String>> tags,
    Map<String, String> metadata,
    boolean onlyThese,
    Optional<Condition> condition,
    Optional<Set<String>> onlyIf) {
  public DeviceChange(
      Optional<String> name,
      Optional<List<String>> tags,
      Map<String, String> metadata,
      Optional<Set<String>> onlyIf) {
    this(name, tags, metadata, false, Optional.empty(), onlyIf);
  }

  public DeviceChange {
    condition
        .filter(state -> state != Condition.MAINTENANCE && state != Condition.NORMAL)
        .ifPresent(state -> {
          throw Fault.invalid("condition", state.word(), "maintenance or normal");
        });
  }
}
