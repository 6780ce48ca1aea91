package muster.device;

import java.util.List;
import java.util.Optional;

/// What to change about a device; absent = leave as it is. Tags replace the present ones.
public record DeviceChange(Optional<String> name, Optional<List<String>> tags) {}
