package muster.simulator;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import muster.wire.JsonObject;
import muster.wire.ToolResult;

/// What one device truly did and whether it was truly there: the other side of what the server
/// says. Written by the device's event loop, read by anybody; guarded by this object. Times are
/// milliseconds since 1970.
public final class Truth {
  /// A device that broke off is called online for so long after its last word.
  private static final long LEASE = Duration.ofSeconds(45).toMillis();

  /// How much clocks, ticks and messages under way may blur a moment.
  private static final long BLUR = 3_000;

  /// After a server came back it gives everybody time to return, whoever was there before.
  private static final long SERVER_RETURN = Duration.ofSeconds(120).toMillis();

  private final String device;
  private final TruthFile file;
  private final Map<String, Deed> deeds = new LinkedHashMap<>();
  private boolean up;
  private boolean greeted;
  private boolean goodbye;
  private long changedAt;
  private long lastWordAt;
  private long serverAwayAt;

  /// What may be said of a device's presence.
  public enum Expectation {
    ONLINE,
    OFFLINE,
    /// Too close to a change to insist on either.
    OPEN
  }

  Truth(String device, TruthFile file) {
    this.device = device;
    this.file = file;
  }

  public String device() {
    return device;
  }

  synchronized void up(long now) {
    up = true;
    greeted = true;
    changedAt = now;
    lastWordAt = now;
    file.write(device, now, "up", JsonObject.empty());
  }

  synchronized void spoke(long now) {
    lastWordAt = now;
  }

  /// The connection is gone, or the device fell silent on it.
  ///
  /// @param saidGoodbye the device left on purpose, or the server turned it away
  synchronized void down(long now, boolean saidGoodbye, String why) {
    if (!up) {
      return;
    }
    up = false;
    goodbye = saidGoodbye;
    changedAt = now;
    file.write(device, now, "down", JsonObject.builder().put("why", why).build());
  }

  /// The server did not answer: what it says soon after does not date from before.
  synchronized void serverAway(long now) {
    serverAwayAt = now;
  }

  public synchronized boolean isUp() {
    return up;
  }

  /// What the server has to say of this device when asked at `asked` and answering at `answered`.
  public synchronized Expectation presence(long asked, long answered) {
    if (!greeted) {
      return Expectation.OFFLINE;
    }
    if (up) {
      return changedAt + BLUR < asked ? Expectation.ONLINE : Expectation.OPEN;
    }
    if (goodbye) {
      return changedAt + BLUR < asked && serverAwayAt < changedAt
          ? Expectation.OFFLINE
          : Expectation.OPEN;
    }
    if (answered < lastWordAt + LEASE - BLUR) {
      return Expectation.ONLINE;
    }
    boolean leaseOver = changedAt + LEASE + BLUR < asked;
    boolean serverSettled = serverAwayAt == 0 || serverAwayAt + SERVER_RETURN < asked;
    return leaseOver && serverSettled ? Expectation.OFFLINE : Expectation.OPEN;
  }

  synchronized void delivered(String id, long attempt, long now) {
    change(id, now, "delivered", deed -> deed.delivered(attempt));
  }

  synchronized void started(String id, long now) {
    change(id, now, "started", Deed::started);
  }

  synchronized void refused(String id, long now) {
    change(id, now, "refused", Deed::refused);
  }

  synchronized void ended(ToolResult result, long now) {
    change(result.executionId(), now, "ended", deed -> deed.ended(result));
  }

  synchronized void acknowledged(String id, long now) {
    change(id, now, "acknowledged", Deed::acknowledgedByServer);
  }

  /// The journal is gone.
  synchronized void wiped(long now) {
    for (String id : deeds.keySet().toArray(String[]::new)) {
      change(id, now, "wiped", Deed::forgotten);
    }
  }

  private void change(String id, long now, String what, UnaryOperator<Deed> step) {
    Deed after = step.apply(deeds.getOrDefault(id, Deed.NONE));
    deeds.put(id, after);
    file.write(
        device,
        now,
        what,
        JsonObject.builder().put("command", id).put("attempt", after.attempt()).build());
  }

  public synchronized Optional<Deed> deed(String command) {
    return Optional.ofNullable(deeds.get(command));
  }

  /// Whether the server has acknowledged the end of everything that was started.
  synchronized boolean isTold() {
    return deeds.values().stream()
        .allMatch(deed -> deed.starts() == 0 || deed.acknowledged() || deed.wiped());
  }

  public synchronized Map<String, Deed> deeds() {
    return Map.copyOf(deeds);
  }
}
