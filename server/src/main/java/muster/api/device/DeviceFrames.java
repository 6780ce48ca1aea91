package muster.api.device;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import muster.checkin.Greeting;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.OutputChunk;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.Health;
import muster.device.Names;
import muster.id.CommandId;
import muster.link.Arrival;
import muster.wire.Channel;
import muster.wire.ExecutionReply;
import muster.wire.ExecutionState;
import muster.wire.Facts;
import muster.wire.Hello;
import muster.wire.HelloReply;
import muster.wire.JsonObject;
import muster.wire.KnownExecution;
import muster.wire.PolicySummary;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.jspecify.annotations.Nullable;

/// Between the protocol's records and the core's. What a device says is cut to size and freed of
/// control characters here, and believed nowhere.
final class DeviceFrames {
  private static final int MAX_ERROR = 1024;
  private static final int MAX_RULES = 256;
  private static final int MAX_RULES_DEPTH = 3;
  private static final long MAX_NOT_AFTER_SECONDS = 604_800;

  private DeviceFrames() {}

  static Greeting greeting(Hello hello) {
    Facts facts = hello.facts();
    Map<CommandId, Greeting.Known> executions = new LinkedHashMap<>();
    for (KnownExecution known : hello.executions()) {
      executions.put(
          new CommandId(known.executionId()),
          new Greeting.Known(known.attempt(), known.state() == ExecutionState.RUNNING));
    }
    return new Greeting(
        new DeviceFacts(
                Optional.empty(),
                facts.agentVersion(),
                facts.hostname(),
                facts.platform(),
                facts.architecture(),
                facts.osVersion(),
                hello.capabilities(),
                hello.policy().map(DeviceFrames::policy))
            .reported(),
        new Arrival.Machine(
            Names.reported(hello.bootId()).orElse(""),
            Names.reported(hello.machineId()).orElse("")),
        executions);
  }

  /// What is no list, object, text, number or flag is left out, and so is what is too much of it.
  static DevicePolicy policy(PolicySummary summary) {
    return new DevicePolicy(
        switch (summary.state()) {
          case NONE -> DevicePolicy.State.NONE;
          case IN_FORCE -> DevicePolicy.State.IN_FORCE;
          case BROKEN -> DevicePolicy.State.BROKEN;
        },
        summary.problem().map(text -> Names.reported(text, MAX_ERROR)),
        rules(summary.rules().asMap(), MAX_RULES_DEPTH));
  }

  private static Map<String, Object> rules(Map<?, ?> given, int depth) {
    Map<String, Object> rules = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : given.entrySet()) {
      if (rules.size() < MAX_RULES) {
        rule(entry.getValue(), depth)
            .ifPresent(value ->
                rules.put(
                    Names.reported(String.valueOf(entry.getKey()), Names.MAX_REPORTED), value));
      }
    }
    return rules;
  }

  private static Optional<Object> rule(@Nullable Object given, int depth) {
    return switch (given) {
      case String text -> Optional.of(Names.reported(text, Names.MAX_REPORTED));
      case Long number -> Optional.of(number);
      case Double number -> Optional.of(number);
      case Boolean flag -> Optional.of(flag);
      case List<?> list when depth > 0 ->
          Optional.of(
              list.stream()
                  .limit(MAX_RULES)
                  .flatMap(item -> rule(item, depth - 1).stream())
                  .toList());
      case Map<?, ?> map when depth > 0 -> Optional.of(rules(map, depth - 1));
      case null, default -> Optional.empty();
    };
  }

  static HelloReply reply(Welcome welcome, int heartbeatSeconds, Instant now) {
    List<ExecutionReply> executions =
        welcome.executions().entrySet().stream()
            .map(entry ->
                entry
                    .getValue()
                    .map(seq -> ExecutionReply.resume(entry.getKey().value(), seq))
                    .orElseGet(() -> ExecutionReply.forget(entry.getKey().value())))
            .toList();
    return new HelloReply(
        welcome.device().id().value(),
        welcome.device().approval().word(),
        heartbeatSeconds,
        now,
        executions);
  }

  static Health health(muster.wire.Health sample, Instant now) {
    return new Health(
        now,
        optional(sample.cpuPercent()),
        optional(sample.memoryPercent()),
        optional(sample.diskPercent()),
        sample.loadAverage(),
        optional(sample.uptimeSeconds()),
        optional(sample.cpuTempCelsius()),
        optional(sample.memoryTotalBytes()),
        sample.network().map(muster.wire.Health.Network::bytesSent),
        sample.network().map(muster.wire.Health.Network::bytesRecv));
  }

  private static Optional<Double> optional(OptionalDouble value) {
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }

  private static Optional<Long> optional(OptionalLong value) {
    return value.isPresent() ? Optional.of(value.getAsLong()) : Optional.empty();
  }

  static ToolExecute execute(Command command, Instant now) {
    long notAfter = Duration.between(now, command.expiresAt()).toSeconds();
    return new ToolExecute(
        command.id().value(),
        command.attempt(),
        command.tool(),
        JsonObject.of(command.args()),
        command.idempotent(),
        command.timeout().toSeconds(),
        Math.clamp(notAfter, 1, MAX_NOT_AFTER_SECONDS));
  }

  static OutputChunk output(ToolOutput output) {
    return new OutputChunk(
        output.seq(),
        output.stream() == Channel.STDOUT ? OutputChunk.Stream.STDOUT : OutputChunk.Stream.STDERR,
        output.bytes(),
        output.gapBytes().orElse(0));
  }

  static CommandStatus status(ToolStatus status) {
    return switch (status) {
      case COMPLETED -> CommandStatus.COMPLETED;
      case FAILED, INTERRUPTED -> CommandStatus.FAILED;
      case TIMED_OUT -> CommandStatus.TIMED_OUT;
      case CANCELLED -> CommandStatus.CANCELLED;
    };
  }

  static Command.Result result(ToolResult result) {
    Optional<String> error =
        result.error().map(text -> Names.reported(text, MAX_ERROR)).filter(text -> !text.isEmpty());
    return new Command.Result(
        result.exitCode().isPresent()
            ? Optional.of(result.exitCode().getAsInt())
            : Optional.empty(),
        result.status() == ToolStatus.INTERRUPTED
            ? error.or(() -> Optional.of("interrupted: the agent was stopped while it ran"))
            : error,
        Optional.of(Duration.ofMillis(result.durationMs())),
        result.truncated());
  }
}
