package muster.api.snippbot;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Command;
import muster.command.Commands;
import muster.device.Device;
import muster.http.Call;
import muster.http.JsonBody;
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
        .postStream("/api/devices/{id}/execute", this::execute)
        .get("/api/devices/{id}/executions", this::list)
        .get("/api/devices/{id}/queue", this::queue)
        .delete("/api/devices/{id}/queue", this::clear)
        .delete("/api/devices/{id}/queue/{command}", this::cancel)
        .list();
  }

  private Reply execute(Call call) throws InterruptedException {
    JsonBody body = call.json().only("tool", "args", "timeout", "queue");
    ExecutionBody wanted = ExecutionBody.of(body);
    boolean mayWait = body.optFlag("queue").orElse(true);
    return run(call, commands.target(call.caller(), call.deviceId(), mayWait), wanted);
  }

  private boolean isOnline(Device device) {
    return SnippbotJson.isOnline(device, clock.instant());
  }

  /// Submits, and waits for the result if there is any hope of it.
  Reply run(Call call, Device device, ExecutionBody wanted) throws InterruptedException {
    boolean online = isOnline(device);
    Command accepted = commands.submit(call.caller(), device.id(), wanted.request(call));
    Command command =
        online && !ExecutionBody.wantsNoWait(call)
            ? commands.await(call.caller(), accepted.id(), wanted.timeout().plus(SLACK))
            : commands.get(call.caller(), accepted.id());
    return answer(call.caller(), command, online);
  }

  private Reply answer(Caller caller, Command command, boolean online) throws InterruptedException {
    boolean ended = command.status().isFinal();
    Optional<String> waitingFor =
        ended ? Optional.empty() : Optional.of(online ? "result" : "device");
    return Reply.json(
        ended ? HttpStatus.OK : HttpStatus.ACCEPTED,
        SnippbotJson.execution(command, output(caller, command.id(), MAX_OUTPUT), waitingFor));
  }

  private Optional<ExecutionOutput> output(Caller caller, CommandId id, int most)
      throws InterruptedException {
    ExecutionOutput output = new ExecutionOutput(most);
    commands.follow(caller, id, 0, false, output);
    return Optional.of(output);
  }

  private Reply list(Call call) throws InterruptedException {
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(50);
    int offset = call.queryNumber("offset", 0, MAX_OFFSET).orElse(0);
    return Reply.ok(
        new SnippbotJson.ExecutionList(
            shown(call.caller(), commands.history(call.caller(), call.deviceId(), offset, limit)),
            commands.count(call.caller(), call.deviceId())));
  }

  List<SnippbotJson.ExecutionJson> latest(Caller caller, DeviceId device, int limit)
      throws InterruptedException {
    return shown(caller, commands.history(caller, device, 0, limit));
  }

  /// Arguments and output may hold secrets: whoever may only look at devices sees neither (F044).
  private List<SnippbotJson.ExecutionJson> shown(Caller caller, List<Command> history)
      throws InterruptedException {
    List<SnippbotJson.ExecutionJson> shown = new ArrayList<>();
    for (Command command : history) {
      shown.add(shown(caller, command));
    }
    return shown;
  }

  SnippbotJson.ExecutionJson shown(Caller caller, Command command) throws InterruptedException {
    Optional<ExecutionOutput> output =
        Access.allows(caller, Permission.COMMAND_VIEW)
            ? output(caller, command.id(), MAX_LISTED_OUTPUT)
            : Optional.empty();
    return SnippbotJson.execution(command, output, Optional.empty());
  }

  private Reply queue(Call call) {
    DeviceId device = call.deviceId();
    return Reply.ok(SnippbotJson.queue(device.value(), commands.queue(call.caller(), device)));
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
