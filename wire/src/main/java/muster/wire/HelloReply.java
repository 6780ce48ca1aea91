package muster.wire;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;

/// The server's answer to [Hello].
///
/// @param deviceId `device_id` of the credential that was shown
/// @param status the device's approval, `approved` here: others are not let in
/// @param heartbeatSeconds `heartbeat_seconds` between two [Health], 1..3600; absent means 15
/// @param serverTime `server_time`, for display only: clocks of devices are not trusted
/// @param executions one for each that the agent named; absent means none
public record HelloReply(
    String deviceId,
    String status,
    int heartbeatSeconds,
    Instant serverTime,
    List<ExecutionReply> executions) {
  private static final int DEFAULT_HEARTBEAT = 15;
  private static final int MAX_HEARTBEAT = 3600;

  public HelloReply {
    Check.text("device_id", deviceId, ToolExecute.MAX_ID);
    Check.range("heartbeat_seconds", heartbeatSeconds, 1, MAX_HEARTBEAT);
    executions = List.copyOf(executions);
  }

  public JsonObject toJson() {
    return JsonObject.builder()
        .put("device_id", deviceId)
        .put("status", status)
        .put("heartbeat_seconds", heartbeatSeconds)
        .put("server_time", serverTime.toString())
        .put("executions", executions.stream().map(ExecutionReply::toJson).toList())
        .build();
  }

  public static HelloReply fromJson(JsonObject json) {
    long heartbeat = json.optInteger("heartbeat_seconds").orElse(DEFAULT_HEARTBEAT);
    Check.range("heartbeat_seconds", heartbeat, 1, MAX_HEARTBEAT);
    return new HelloReply(
        json.string("device_id"),
        json.string("status"),
        (int) heartbeat,
        instant(json),
        json.objects("executions", ExecutionReply::fromJson));
  }

  private static Instant instant(JsonObject json) {
    String text = json.string("server_time");
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new FieldException("server_time", text, "an RFC 3339 time in UTC");
    }
  }
}
