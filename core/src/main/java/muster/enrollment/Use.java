package muster.enrollment;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.id.DeviceId;

/// Who used a proof that is good once, and for which device. `hardwareId` is absent when the
/// machine did not say: then nobody can tell it from others.
public record Use(Instant at, Optional<String> hardwareId, DeviceId device) {
  /// How long the machine that used a proof may ask again because the answer was lost (F010).
  public static final Duration REPEATABLE = Duration.ofMinutes(10);

  /// Whether the same machine asks again, in time.
  public boolean isRepeatedBy(Machine machine, Instant now) {
    return machine.hardwareId().isPresent()
        && machine.hardwareId().equals(hardwareId)
        && now.isBefore(at.plus(REPEATABLE));
  }
}
