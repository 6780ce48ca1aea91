package muster.device;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What to change about a device; absent = leave as it is. Tags replace the present ones.
///
/// @param metadata replaces the values of these keys; an empty value removes its key
/// @param onlyIf the change is made only if [Device#version()] is one of these; absent = whatever
///   it is
public record DeviceChange(
    Optional<String> name,
    Optional<List<String>> tags,
    Map<String, String> metadata,
    Optional<Set<String>> onlyIf) {}
