package muster.api.snippbot;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Command;
import muster.command.CommandRequest;
import muster.command.Commands;
import muster.command.ExecutionOutput;
import muster.device.Device;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.LongArray;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Running tools on a device, and what waits for it (rows F041–F044, F047–F049).
public final class SnippbotExecutions {
  private static final int MAX_OUTPUT = 1 << 20;
  private static final int MAX_LISTED_OUTPUT = 16 * 1024;
  private static final int MAX_LIMIT = 500;
  private static final int MAX_OFFSET = 100_000;

  /// How long past its timeout an execution is waited for.
  private static final Duration SLACK = Duration.ofSeconds(5);

  private final Commands commands;
  private final InstantSource clock;

  public SnippbotExecutions(Commands commands, InstantSource clock) {
    this.commands = commands;
    this.clock = clock;
  }

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
            .executeAndWait("/api/devices/{id}/execute", this::execute)
            .get("/api/devices/{id}/executions", this::list)
            .stream("/api/devices/{id}/queue", this::queue)
            .delete("/api/devices/{id}/queue", this::clear)
            .delete("/api/devices/{id}/queue/{command}", this::cancel)
            .list();
  }

  private Reply execute(Call call) throws InterruptedException {
    JsonBody body = call.json().only("tool", "args", "timeout", "queue");
    CommandRequest request = ExecutionBody.request(call, body);
    boolean mayWait = body.optFlag("queue").orElse(true);
    return run(call, commands.target(call.caller(), call.deviceId(), mayWait), request);
  }

  /// Submits, and waits for the result if there is any hope of it.
  Reply run(Call call, Device device, CommandRequest request) throws InterruptedException {
    boolean online = SnippbotJson.isOnline(device, clock.instant());
    Command accepted = commands.submit(call.caller(), device.id(), request);
    Duration longest = request.timeout().plus(SLACK);
    Command command =
        online && !ExecutionBody.wantsNoWait(call)
            ? call.waiting(() -> commands.await(call.caller(), accepted.id(), longest))
            : commands.get(call.caller(), accepted.id());
    boolean ended = command.status().isFinal();
    Optional<String> waitingFor =
        ended ? Optional.empty() : Optional.of(online ? "result" : "device");
    Optional<ExecutionOutput> output = Optional.of(output(call.caller(), command.id(), MAX_OUTPUT));
    return Reply.json(
        ended ? HttpStatus.OK : HttpStatus.ACCEPTED,
        SnippbotJson.execution(command, output, waitingFor));
  }

  private ExecutionOutput output(Caller caller, CommandId id, int most) {
    return ExecutionOutput.of(commands.output(caller, id, most), most);
  }

  private Reply list(Call call) {
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(50);
    int offset = call.queryNumber("offset", 0, MAX_OFFSET).orElse(0);
    return Reply.ok(
        new SnippbotJson.ExecutionList(
            shown(call.caller(), commands.history(call.caller(), call.deviceId(), offset, limit)),
            commands.count(call.caller(), call.deviceId())));
  }

  List<SnippbotJson.ExecutionJson> latest(Caller caller, DeviceId device, int limit) {
    return shown(caller, commands.history(caller, device, 0, limit));
  }

  private List<SnippbotJson.ExecutionJson> shown(Caller caller, List<Command> history) {
    return history.stream().map(command -> shown(caller, command)).toList();
  }

  /// An execution as it stands, to whoever may see it now; empty when it is there no more.
  Optional<SnippbotJson.ExecutionJson> shown(Caller caller, CommandId id) {
    return commands.lookUpStill(caller, id).map(command -> shown(caller, command));
  }

  /// Arguments, output and errors may hold secrets: whoever may only look at devices sees none of
  /// them (F044).
  private SnippbotJson.ExecutionJson shown(Caller caller, Command command) {
    Optional<ExecutionOutput> output =
        Access.allows(caller, Permission.COMMAND_VIEW)
            ? Optional.of(output(caller, command.id(), MAX_LISTED_OUTPUT))
            : Optional.empty();
    return SnippbotJson.execution(command, output, Optional.empty());
  }

  private Reply queue(Call call) {
    DeviceId device = call.deviceId();
    Stream<Command> queue = commands.queue(call.caller(), device);
    return Reply.stream(
        MediaType.JSON_UTF_8,
        out -> {
          AtomicInteger position = new AtomicInteger();
          out.write("{\"device_id\":%s,\"commands\":".formatted(SnippbotJson.text(device.value())));
          LongArray.write(
              out, queue.map(next -> SnippbotJson.queued(next, position.incrementAndGet())));
          out.write(",\"total\":%d}".formatted(position.get()));
        });
  }

  private Reply clear(Call call) {
    return Reply.ok(
        new SnippbotJson.ClearedJson(commands.clearQueue(call.caller(), call.deviceId())));
  }

  private Reply cancel(Call call) {
    Command command =
        commands.cancelQueued(call.caller(), call.deviceId(), new CommandId(call.path("command")));
    return Reply.ok(new SnippbotJson.CancelledJson(command.id().value(), command.status().word()));
  }
}
