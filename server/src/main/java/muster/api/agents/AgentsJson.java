package muster.api.agents;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import muster.command.Command;
import muster.command.ExecutionOutput;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.Health;
import muster.device.Presence;
import muster.http.Reply;
import org.jspecify.annotations.Nullable;

/// The Agents page's JSON. Times are whole Unix seconds (C05); the page's keys come first, in its
/// order, what follows is ours.
final class AgentsJson {
  /// The tool that the page calls `shell`.
  private static final String SHELL = "bash";

  private AgentsJson() {}

  /// A frame of the agents' socket.
  static String frame(Map<String, ?> fields) {
    return new String(Reply.bytes(fields), StandardCharsets.UTF_8);
  }

  /// The object of row F126.
  record AgentJson(
      String id,
      String label,
      @Nullable String hostname,
      @Nullable String ip,
      @Nullable String os,
      @Nullable String version,
      String status,
      @Nullable Long lastSeen,
      Collection<String> tags) {}

  record DetailJson(
      String id,
      String label,
      @Nullable String hostname,
      @Nullable String ip,
      @Nullable String os,
      @Nullable String version,
      String status,
      @Nullable Long lastSeen,
      Collection<String> tags,
      @Nullable Map<String, Object> metrics,
      @Nullable String platform,
      @Nullable String arch,
      String approval,
      String condition,
      String presence,
      String presenceReason,
      List<String> capabilities,
      long createdAt) {}

  static AgentJson agent(Device device, Instant now) {
    DeviceFacts facts = device.facts();
    return new AgentJson(
        device.id().value(),
        device.name(),
        facts.hostname().orElse(null),
        device.state().address().orElse(null),
        facts.osVersion().or(facts::platform).orElse(null),
        facts.agentVersion().orElse(null),
        status(Presence.of(device, now)),
        seconds(device.state().lastSeen()),
        device.tags());
  }

  /// @param unnamed what the agent reported besides the measures that have a name here
  static DetailJson detail(Device device, Map<String, Object> unnamed, Instant now) {
    AgentJson agent = agent(device, now);
    Presence presence = Presence.of(device, now);
    return new DetailJson(
        agent.id,
        agent.label,
        agent.hostname,
        agent.ip,
        agent.os,
        agent.version,
        agent.status,
        agent.lastSeen,
        agent.tags,
        device.state().health().map(health -> metrics(health, unnamed)).orElse(null),
        device.facts().platform().orElse(null),
        device.facts().architecture().orElse(null),
        device.approval().word(),
        device.condition().word(),
        presence.state().name().toLowerCase(Locale.ROOT),
        presence.reason(),
        device.facts().capabilities(),
        device.createdAt().getEpochSecond());
  }

  /// The page knows two words. Unknown means: was online, and its lease has not run out.
  private static String status(Presence presence) {
    return presence.state() == Presence.State.OFFLINE ? "offline" : "online";
  }

  private static Map<String, Object> metrics(Health health, Map<String, Object> unnamed) {
    Map<String, Object> all = metrics(health);
    unnamed.forEach(all::putIfAbsent);
    return all;
  }

  /// A sample under the names of a report (F128).
  static Map<String, Object> metrics(Health health) {
    Map<String, Object> metrics = new LinkedHashMap<>();
    put(metrics, "cpu_percent", health.cpuPercent().map(AgentsJson::oneDecimal));
    put(metrics, "mem_percent", health.memoryPercent().map(AgentsJson::oneDecimal));
    put(metrics, "disk_percent", health.diskPercent().map(AgentsJson::oneDecimal));
    put(metrics, "uptime_s", health.uptimeSeconds());
    List<String> names = List.of("load_1m", "load_5m", "load_15m");
    for (int i = 0; i < Math.min(names.size(), health.loadAverage().size()); i++) {
      metrics.put(names.get(i), health.loadAverage().get(i));
    }
    put(metrics, "mem_total", health.memoryTotalBytes());
    put(metrics, "cpu_temp_c", health.cpuTempCelsius());
    put(metrics, "net_bytes_sent", health.networkBytesSent());
    put(metrics, "net_bytes_recv", health.networkBytesReceived());
    metrics.put("timestamp", health.at().getEpochSecond());
    return metrics;
  }

  private static void put(Map<String, Object> metrics, String name, Optional<?> value) {
    value.ifPresent(present -> metrics.put(name, present));
  }

  private static double oneDecimal(double percent) {
    return Math.round(percent * 10) / 10.0;
  }

  /// What the page answers to a command (F129).
  record AcceptedJson(String commandId, String status) {}

  /// A command in the history (F131). Times are Unix seconds.
  record CommandJson(
      String commandId,
      String type,
      Map<String, Object> params,
      String status,
      @Nullable String output,
      @Nullable String error,
      @Nullable Integer exitCode,
      boolean truncated,
      @Nullable Long durationMs,
      String queuedBy,
      long queuedAt,
      @Nullable Long startedAt,
      @Nullable Long finishedAt) {}

  static CommandJson command(Command command, Optional<ExecutionOutput> output) {
    Optional<Command.Result> result = command.result();
    return new CommandJson(
        command.id().value(),
        type(command),
        params(command),
        command.status().word(),
        output.map(ExecutionOutput::all).orElse(null),
        result.flatMap(Command.Result::error).orElse(null),
        result.flatMap(Command.Result::exitCode).orElse(null),
        result.map(Command.Result::truncated).orElse(false)
            || output.map(ExecutionOutput::isTruncated).orElse(false),
        result.flatMap(Command.Result::duration).map(Duration::toMillis).orElse(null),
        command.requestedBy(),
        command.createdAt().getEpochSecond(),
        seconds(command.startedAt()),
        seconds(command.finishedAt()));
  }

  /// A command as an agent gets it.
  record OrderJson(String id, String type, Map<String, Object> params, long timeout) {}

  static OrderJson order(Command command) {
    return new OrderJson(
        command.id().value(), type(command), params(command), command.timeout().toSeconds());
  }

  /// The page has a shell's timeout among its parameters.
  static Map<String, Object> params(Command command) {
    if (!command.tool().equals(SHELL)) {
      return command.args();
    }
    Map<String, Object> params = new LinkedHashMap<>(command.args());
    params.put("timeout", command.timeout().toSeconds());
    return params;
  }

  /// The page's word for a tool.
  static String type(Command command) {
    return command.tool().equals(SHELL) ? "shell" : command.tool();
  }

  private static @Nullable Long seconds(Optional<Instant> at) {
    return at.map(AgentsJson::seconds).orElse(null);
  }

  static long seconds(Instant at) {
    return at.getEpochSecond();
  }
}
