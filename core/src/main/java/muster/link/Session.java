package muster.link;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import muster.device.DeviceState;
import muster.device.Health;
import muster.id.DeviceId;

/// A device's link and what is known of it while it lasts. Shared; the fields that change are
/// guarded by this object, and nothing is called while it is held.
public final class Session {
  private final DeviceId device;
  private final Link link;
  private final String bootId;
  private final AtomicInteger work = new AtomicInteger();
  private DeviceState state;
  private boolean dirty;
  private boolean open = true;

  Session(DeviceId device, Link link, String bootId, DeviceState state) {
    this.device = device;
    this.link = link;
    this.bootId = bootId;
    this.state = state;
  }

  public DeviceId device() {
    return device;
  }

  public Link link() {
    return link;
  }

  /// Tells the machine's runs apart; empty when the device's protocol does not say.
  public String bootId() {
    return bootId;
  }

  public synchronized DeviceState state() {
    return state;
  }

  synchronized Instant lastHeard() {
    return state.lastSeen().orElse(Instant.EPOCH);
  }

  synchronized void heard(Instant now, Optional<Health> health) {
    state = state.heard(now, health);
    dirty = true;
  }

  /// The state to be stored, once.
  synchronized Optional<DeviceState> takeChange() {
    if (!dirty || !open) {
      return Optional.empty();
    }
    dirty = false;
    return Optional.of(state);
  }

  /// Marks the session as over; false when it was already.
  synchronized boolean end() {
    boolean wasOpen = open;
    open = false;
    return wasOpen;
  }

  /// Runs `task` once now, or once more after the run under way: never twice at the same time and
  /// never too few times. Used to hand out a device's commands in order without a lock.
  public void runSerially(Runnable task) {
    if (work.getAndIncrement() > 0) {
      return;
    }
    Thread.ofVirtual()
        .name("deliver-", 0)
        .start(() -> {
          int seen;
          do {
            seen = work.get();
            task.run();
          } while (!work.compareAndSet(seen, 0));
        });
  }
}
