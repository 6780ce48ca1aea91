package muster.stream;

import java.util.Optional;
import muster.device.Health;

/// What those who watch a device's measures have in common. Shared; the lock is this object.
final class WatchedDevice {
  /// How many there are; guarded by the map of watched devices.
  int viewers;

  private Moment now;

  /// How it stands with the device.
  ///
  /// @param number rises with every change
  /// @param samples rises with every sample
  /// @param ended why nothing comes any more
  record Moment(
      long number,
      long samples,
      Optional<Health> sample,
      boolean offline,
      Optional<String> ended) {}

  WatchedDevice(Optional<Health> sample, boolean offline) {
    now = new Moment(1, sample.isPresent() ? 1 : 0, sample, offline, Optional.empty());
  }

  synchronized void sample(Health health) {
    change(new Moment(now.number + 1, now.samples + 1, Optional.of(health), false, now.ended));
  }

  synchronized void offline(boolean offline) {
    change(new Moment(now.number + 1, now.samples, now.sample, offline, now.ended));
  }

  synchronized void end(String why) {
    change(new Moment(now.number + 1, now.samples, now.sample, now.offline, Optional.of(why)));
  }

  private void change(Moment to) {
    now = to;
    notifyAll();
  }

  /// The present moment, if need be after waiting for another one than that of `number`.
  synchronized Moment after(long number, long millis) throws InterruptedException {
    if (now.number == number) {
      wait(millis);
    }
    return now;
  }
}
