package muster.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import muster.id.DeviceId;

/// What the server had the chance to know, and when, whatever became of its memory.
final class Witness {
  private final Map<DeviceId, NavigableSet<Instant>> heard = new HashMap<>();
  private final NavigableSet<Instant> ticks = new TreeSet<>();

  /// Something came from a device that had been welcomed.
  void heard(DeviceId device, Instant now) {
    heard.computeIfAbsent(device, any -> new TreeSet<>()).add(now);
  }

  /// Commands were looked at.
  void ticked(Instant now) {
    ticks.add(now);
  }

  /// Whether anything came from the device in the time before that moment.
  boolean heardWithin(Duration lease, DeviceId device, Instant moment) {
    return Optional.ofNullable(heard.get(device))
        .map(times -> times.lower(moment))
        .filter(last -> Duration.between(last, moment).compareTo(lease) < 0)
        .isPresent();
  }

  /// When commands were looked at first from then on.
  Instant firstTickAfter(Instant moment) {
    return Optional.ofNullable(ticks.ceiling(moment)).orElse(Instant.MAX.minusSeconds(1));
  }
}
