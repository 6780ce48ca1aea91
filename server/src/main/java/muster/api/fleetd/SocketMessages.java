package muster.api.fleetd;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import muster.fault.Fault;
import muster.http.Reply;
import muster.stream.Happening;
import muster.telemetry.Metrics;
import org.jspecify.annotations.Nullable;

/// What fleetd's WebSockets say (F105, F106). The page shows what a client sends; the shape of what
/// comes back is ours.
final class SocketMessages {
  private SocketMessages() {}

  private record Subscribed(String type, String id) {}

  /// @param id behind which one can go on; absent for what is not kept
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Event(
      String type,
      String event,
      @Nullable Long id,
      String timestamp,
      String deviceId,
      Map<String, String> data) {}

  private record Gap(String type, long after, long id) {}

  /// @param deviceId absent for the whole fleet's
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Value(
      String metric, @Nullable String deviceId, double value, String unit, String timestamp) {}

  private record Values(String type, String timestamp, List<Value> series) {}

  private record Failure(String type, String code, String message, Map<String, String> details) {}

  private static String text(Object message) {
    return new String(Reply.bytes(message), StandardCharsets.UTF_8);
  }

  static String subscribed(String id) {
    return text(new Subscribed("subscribed", id));
  }

  static String unsubscribed(String id) {
    return text(new Subscribed("unsubscribed", id));
  }

  static String event(Happening happening) {
    return text(
        new Event(
            "event",
            happening.kind().word(),
            happening.id() == 0 ? null : happening.id(),
            happening.at().toString(),
            happening.device().value(),
            happening.data()));
  }

  static String gap(long after, long from) {
    return text(new Gap("gap", after, from));
  }

  static String metrics(Instant now, List<Metrics.Latest> latest) {
    return text(
        new Values(
            "metrics",
            now.toString(),
            latest.stream()
                .map(one ->
                    new Value(
                        one.metric().word(),
                        one.device().orElse(null),
                        one.value(),
                        one.metric().unit(),
                        one.at().toString()))
                .toList()));
  }

  static String error(Fault fault) {
    FleetdFaults.Body body = FleetdFaults.body(fault);
    return text(new Failure("error", body.code(), body.message(), body.details()));
  }
}
