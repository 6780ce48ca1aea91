package muster.api.snippbot;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.ExecutionOutput;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.device.Presence;
import muster.group.DeviceGroup;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// Snippbot's JSON. The page's keys come first, in its order; what follows is ours.
final class SnippbotJson {
  private SnippbotJson() {}

  record DeviceJson(
      String id,
      String name,
      @Nullable String platform,
      @Nullable String architecture,
      @Nullable String osVersion,
      @Nullable String agentVersion,
      String status,
      boolean online,
      @Nullable String lastSeenAt,
      List<String> capabilities,
      String pairedAt) {}

  record DetailJson(
      String id,
      String name,
      @Nullable String platform,
      @Nullable String architecture,
      @Nullable String osVersion,
      @Nullable String agentVersion,
      String status,
      boolean online,
      @Nullable String lastSeenAt,
      List<String> capabilities,
      String pairedAt,
      HealthJson health,
      List<ExecutionJson> executions,
      Collection<String> tags,
      Map<String, String> metadata,
      @Nullable String hostname,
      @Nullable String ip,
      List<GroupName> groups,
      @Nullable String approvedAt,
      @Nullable String blockedAt) {}

  record GroupName(String id, String name) {}

  record HealthJson(
      @Nullable Double cpuPercent,
      @Nullable Double memoryPercent,
      @Nullable Double diskPercent,
      @Nullable List<Double> loadAverage,
      @Nullable Long uptimeSeconds,
      NetworkJson network,
      @Nullable String timestamp,
      boolean stale) {}

  record NetworkJson(@Nullable Long bytesSent, @Nullable Long bytesRecv) {}

  /// @param waitingFor why the answer holds no result yet: `device` (it is offline), or `result`
  ///   (it has not ended within the wait)
  record ExecutionJson(
      String executionId,
      String deviceId,
      String tool,
      String status,
      @Nullable String output,
      @Nullable String error,
      @Nullable Long durationMs,
      @Nullable Integer exitCode,
      @Nullable String stderr,
      boolean truncated,
      @Nullable Map<String, Object> args,
      String requestedBy,
      String createdAt,
      @Nullable String startedAt,
      @Nullable String finishedAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String waitingFor) {}

  record ExecutionList(List<ExecutionJson> executions, long total) {}

  record QueuedJson(
      String commandId,
      String tool,
      Map<String, Object> args,
      String status,
      int position,
      String createdAt,
      String expiresAt,
      String requestedBy) {}

  record ClearedJson(int cleared) {}

  record CancelledJson(String commandId, String status) {}

  static DeviceJson device(Device device, Instant now) {
    DeviceFacts facts = device.facts();
    return new DeviceJson(
        device.id().value(),
        device.name(),
        facts.platform().orElse(null),
        facts.architecture().orElse(null),
        facts.osVersion().orElse(null),
        facts.agentVersion().orElse(null),
        device.approval().word(),
        isOnline(device, now),
        time(device.state().lastSeen()),
        facts.capabilities(),
        Reply.time(device.createdAt()));
  }

  static DetailJson detail(
      Device device, List<DeviceGroup> groups, List<ExecutionJson> executions, Instant now) {
    DeviceFacts facts = device.facts();
    return new DetailJson(
        device.id().value(),
        device.name(),
        facts.platform().orElse(null),
        facts.architecture().orElse(null),
        facts.osVersion().orElse(null),
        facts.agentVersion().orElse(null),
        device.approval().word(),
        isOnline(device, now),
        time(device.state().lastSeen()),
        facts.capabilities(),
        Reply.time(device.createdAt()),
        health(device, now),
        executions,
        device.tags(),
        new TreeMap<>(device.metadata()),
        facts.hostname().orElse(null),
        device.state().address().orElse(null),
        groups.stream().map(group -> new GroupName(group.id().value(), group.name())).toList(),
        time(device.decisions().approvedAt()),
        time(device.decisions().blockedAt()));
  }

  /// The last sample, with its own time; `stale` when the device is not there to send another.
  static HealthJson health(Device device, Instant now) {
    Optional<Health> sample = device.state().health();
    return new HealthJson(
        sample.flatMap(Health::cpuPercent).orElse(null),
        sample.flatMap(Health::memoryPercent).orElse(null),
        sample.flatMap(Health::diskPercent).orElse(null),
        sample.map(Health::loadAverage).filter(load -> !load.isEmpty()).orElse(null),
        sample.flatMap(Health::uptimeSeconds).orElse(null),
        new NetworkJson(
            sample.flatMap(Health::networkBytesSent).orElse(null),
            sample.flatMap(Health::networkBytesReceived).orElse(null)),
        time(sample.map(Health::at)),
        !isOnline(device, now));
  }

  /// Unknown counts as online: nobody is called away falsely after a restart.
  static boolean isOnline(Device device, Instant now) {
    return Presence.of(device.state(), now).state() != Presence.State.OFFLINE;
  }

  /// @param output empty for those who may not see it; so are the arguments and the error then
  static ExecutionJson execution(
      Command command, Optional<ExecutionOutput> output, Optional<String> waitingFor) {
    Optional<Command.Result> result = command.result();
    String status = status(command);
    return new ExecutionJson(
        command.id().value(),
        command.device().value(),
        command.tool(),
        status,
        output.map(ExecutionOutput::all).orElse(null),
        output.isPresent() ? error(command, status).orElse(null) : null,
        result.flatMap(Command.Result::duration).map(Duration::toMillis).orElse(null),
        result.flatMap(Command.Result::exitCode).orElse(null),
        output.map(ExecutionOutput::stderr).orElse(null),
        result.map(Command.Result::truncated).orElse(false)
            || output.map(ExecutionOutput::isTruncated).orElse(false),
        output.isPresent() ? command.args() : null,
        command.requestedBy(),
        Reply.time(command.createdAt()),
        time(command.startedAt()),
        time(command.finishedAt()),
        waitingFor.orElse(null));
  }

  /// The page's words (F042). Ours tell how the tool ended; its own failure shows in the exit code.
  private static String status(Command command) {
    return switch (command.status()) {
      case QUEUED, SENT -> "queued";
      case TIMED_OUT -> "timeout";
      case COMPLETED -> command.hasSucceeded() ? "completed" : "failed";
      case RUNNING, FAILED, CANCELLED, EXPIRED, LOST -> command.status().word();
    };
  }

  private static Optional<String> error(Command command, String status) {
    return command
        .result()
        .flatMap(Command.Result::error)
        .or(() ->
            status.equals("failed")
                ? command.result().flatMap(Command.Result::exitCode).map(c -> "exit code " + c)
                : Optional.empty());
  }

  static QueuedJson queued(Command command, int position) {
    return new QueuedJson(
        command.id().value(),
        command.tool(),
        command.args(),
        command.status() == CommandStatus.SENT || command.sentAt().isPresent() ? "sent" : "queued",
        position,
        Reply.time(command.createdAt()),
        Reply.time(command.expiresAt()),
        command.requestedBy());
  }

  /// A text as JSON.
  static String text(String text) {
    return new String(Reply.bytes(text), UTF_8);
  }

  private static @Nullable String time(Optional<Instant> at) {
    return at.map(Reply::time).orElse(null);
  }
}
