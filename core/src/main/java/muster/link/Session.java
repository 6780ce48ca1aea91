package muster.link;

import java.time.Duration;
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
  private final String credential;
  private final Link link;
  private final Arrival.Machine machine;
  private final Serial work;
  private DeviceState state;
  private long heardNanos;
  private boolean dirty;
  private boolean open = true;
  private volatile boolean ready;

  /// @param nanos when it begins, by [Elapsed], as all such parameters here
  Session(Arrival arrival, DeviceState state, long nanos, Executor executor) {
    this.device = arrival.device();
    this.credential = arrival.credential();
    this.link = arrival.link();
    this.machine = arrival.machine();
    this.state = state;
    this.heardNanos = nanos;
    this.work = new Serial(executor);
  }

  public DeviceId device() {
    return device;
  }

  /// The id of the credential that it was opened with.
  public String credential() {
    return credential;
  }

  public Link link() {
    return link;
  }

  public Arrival.Machine machine() {
    return machine;
  }

  public synchronized DeviceState state() {
    return state;
  }

  /// How long nothing was heard, not counting what was excused.
  synchronized Duration silentFor(long nanos) {
    return Duration.ofNanos(Math.max(0, nanos - heardNanos));
  }

  /// The server itself was away: silence meanwhile proves nothing about the device.
  synchronized void excuse(Duration pause, long nanos) {
    heardNanos = Math.min(heardNanos + pause.toNanos(), nanos);
  }

  synchronized void heard(Instant now, long nanos, Optional<Health> health) {
    state = state.heard(now, health);
    heardNanos = nanos;
    dirty = true;
  }

  /// A sample that came by another way than this link, which may be dead: the device is there, and
  /// the link no less silent.
  synchronized void sampled(Instant now, Health health) {
    state = state.heard(now, Optional.of(health));
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
