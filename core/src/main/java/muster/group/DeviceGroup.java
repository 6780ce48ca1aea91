package muster.group;

import java.time.Instant;
import java.util.Optional;
import muster.id.GroupId;

/// A set of devices with a name of its own (1–128 characters); the description has 1,024 at most.
public record DeviceGroup(
    GroupId id, String name, Optional<String> description, Instant createdAt) {}
