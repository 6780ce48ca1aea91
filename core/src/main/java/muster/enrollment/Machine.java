package muster.enrollment;

import java.util.List;
import java.util.Optional;
import muster.device.DeviceFacts;

/// What a machine says of itself when it asks to be enrolled. `hardwareId` is 1–255 characters; a
/// machine without one is a new device each time.
public record Machine(
    Optional<String> hardwareId, Optional<String> name, List<String> tags, DeviceFacts facts) {}
