package muster.wire;

/// `device.pace`, from the server: how often to send [Health] from now on, on this connection.
///
/// @param heartbeatSeconds `heartbeat_seconds`, 5..60
public record DevicePace(int heartbeatSeconds) {
  public static final int MIN_SECONDS = 5;
  public static final int MAX_SECONDS = 60;

  public DevicePace {
    Check.range("heartbeat_seconds", heartbeatSeconds, MIN_SECONDS, MAX_SECONDS);
  }

  public JsonObject toJson() {
    return JsonObject.builder().put("heartbeat_seconds", heartbeatSeconds).build();
  }

  public static DevicePace fromJson(JsonObject json) {
    long seconds = json.integer("heartbeat_seconds");
    Check.range("heartbeat_seconds", seconds, MIN_SECONDS, MAX_SECONDS);
    return new DevicePace((int) seconds);
  }
}
