package muster.link;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;
import muster.device.DeviceState;
import muster.device.Health;
import muster.id.DeviceId;
import muster.work.Serial;

/// A device's link and what is known of it while it lasts. Shared; the fields that change are
/// guarded by this object, and nothing is called while it is held.
public final class Session {
  private final DeviceId device;
  private final Link link;
  private final String bootId;
  private final Serial work;
  private DeviceState state;
  private boolean dirty;
  private boolean open = true;
  private volatile boolean ready;

  Session(DeviceId device, Link link, String bootId, DeviceState state, Executor executor) {
    this.device = device;
    this.link = link;
    this.bootId = bootId;
    this.state = state;
    this.work = new Serial(executor);
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

  synchronized boolean hasChange() {
    return dirty && open;
  }

  /// The state to be stored, once. Inside the transaction that stores it: a state taken before
  /// could be stored after that of the session's end, and the device would be online for ever.
  synchronized Optional<DeviceState> takeChange() {
    if (!hasChange()) {
      return Optional.empty();
    }
    dirty = false;
    return Optional.of(state);
  }

  public synchronized boolean isOpen() {
    return open;
  }

  /// Marks the session as over; false when it was already.
  synchronized boolean end() {
    boolean wasOpen = open;
    open = false;
    return wasOpen;
  }

  /// The device has been welcomed: from now on work may be handed out over this link. Before, what
  /// it has and what the server thinks it has are still being compared.
  public void welcomed() {
    ready = true;
  }

  public boolean isReady() {
    return ready;
  }

  /// Hands out the device's commands, in order and by one thread at a time ([Serial#run]).
  public void runSerially(Runnable handOut) {
    work.run(handOut);
  }
}
