package muster.api.device;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.device.Names;
import muster.fault.Fault;
import muster.link.Session;
import muster.stream.LogLine;
import muster.stream.LogRequest;
import muster.stream.MetricStreams;
import muster.stream.StreamLink;
import muster.wire.DevicePace;
import muster.wire.JsonObject;
import muster.wire.LogLines;
import muster.wire.LogsEnded;
import muster.wire.LogsFollow;
import muster.wire.LogsStop;
import muster.wire.Methods;
import muster.wire.Rpc;
import muster.wire.RpcError;

/// What is said on one connection of what somebody watches: logs and the pace of measures. Safe for
/// use by many threads.
final class StreamTalk {
  private static final int MAX_MESSAGE = 512;
  private static final String GONE = "the device's connection ended";

  private final Optional<MetricStreams> metrics;
  private final Supplier<Rpc.Id> nextId;
  private final Consumer<Rpc> out;

  /// By the id of the request that has not been answered, the log's.
  private final Map<Rpc.Id, String> asked = new ConcurrentHashMap<>();

  private final Map<String, StreamLink.Inlet> followed = new ConcurrentHashMap<>();
  private volatile boolean over;

  /// @param metrics absent where nobody watches any
  StreamTalk(Optional<MetricStreams> metrics, Supplier<Rpc.Id> nextId, Consumer<Rpc> out) {
    this.metrics = metrics;
    this.nextId = nextId;
    this.out = out;
  }

  void ready(Session session) {
    metrics.ifPresent(present -> present.ready(session));
  }

  void follow(String log, LogRequest request, StreamLink.Inlet inlet) {
    Rpc.Id id = nextId.get();
    followed.put(log, inlet);
    asked.put(id, log);
    if (over) {
      end();
    }
    LogsFollow order =
        new LogsFollow(
            log,
            request.source().kind(),
            request.source().unit(),
            request.source().path(),
            request.tail(),
            request.after());
    out.accept(new Rpc.Request(id, Methods.LOGS_FOLLOW, order.toJson()));
  }

  void unfollow(String log) {
    if (followed.remove(log) != null) {
      out.accept(new Rpc.Request(nextId.get(), Methods.LOGS_STOP, new LogsStop(log).toJson()));
    }
  }

  void pace(Duration interval) {
    int seconds =
        (int) Math.clamp(interval.toSeconds(), DevicePace.MIN_SECONDS, DevicePace.MAX_SECONDS);
    out.accept(new Rpc.Notification(Methods.PACE, new DevicePace(seconds).toJson()));
  }

  /// False when that is not the id of a request of ours.
  boolean accepted(Rpc.Id id) {
    String log = asked.remove(id);
    if (log != null) {
      inlet(log).ifPresent(StreamLink.Inlet::accepted);
    }
    return log != null;
  }

  boolean refused(Rpc.Id id, RpcError error) {
    String log = asked.remove(id);
    if (log != null) {
      Optional.ofNullable(followed.remove(log)).ifPresent(inlet -> inlet.refused(fault(error)));
    }
    return log != null;
  }

  private Optional<StreamLink.Inlet> inlet(String log) {
    return Optional.ofNullable(followed.get(log));
  }

  private static Fault fault(RpcError error) {
    String said = Names.reported(error.message(), MAX_MESSAGE);
    String why = said.isEmpty() ? "no reason given" : said;
    return switch (error.code()) {
      case RpcError.DENIED ->
          Fault.failedPrecondition("denied by the device's policy: " + why, "policy_denied");
      case RpcError.METHOD_NOT_FOUND ->
          Fault.failedPrecondition("the device's agent can't follow logs", "logs_missing");
      case RpcError.NO_SUCH_FILE -> Fault.failedPrecondition(why, "no_such_file");
      case RpcError.NO_SUCH_LOG -> Fault.failedPrecondition(why, "no_such_log");
      case RpcError.BUSY -> Fault.failedPrecondition(why, "too_many_logs");
      default -> Fault.failedPrecondition("refused by the device: " + why, "log_refused");
    };
  }

  /// Of logs that nobody wants any more nothing is taken.
  void lines(JsonObject params) {
    LogLines said = LogLines.fromJson(params);
    inlet(said.followId())
        .ifPresent(inlet ->
            inlet.lines(
                said.lines().stream()
                    .map(line -> new LogLine(line.cursor(), line.text(), line.cutBytes()))
                    .toList(),
                said.gap(),
                said.caughtUp()));
  }

  void ended(JsonObject params) {
    LogsEnded said = LogsEnded.fromJson(params);
    Optional.ofNullable(followed.remove(said.followId()))
        .ifPresent(inlet ->
            inlet.ended(
                said.error()
                    .map(text -> Names.reported(text, MAX_MESSAGE))
                    .filter(text -> !text.isEmpty())
                    .orElse("the log has ended")));
  }

  /// The connection is gone.
  void end() {
    over = true;
    asked.clear();
    for (String log : followed.keySet()) {
      Optional.ofNullable(followed.remove(log)).ifPresent(inlet -> inlet.ended(GONE));
    }
  }
}
