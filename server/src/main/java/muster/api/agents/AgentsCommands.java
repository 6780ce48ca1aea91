package muster.api.agents;

import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.api.muster.OutputStream;
import muster.auth.Caller;
import muster.command.Command;
import muster.command.CommandRequest;
import muster.command.Commands;
import muster.command.ExecutionOutput;
import muster.command.Lane;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.LongArray;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.tool.Tool;
import muster.tool.Tools;
import org.jspecify.annotations.Nullable;

/// Commands for agents (rows F129–F131): queued at once, with the outcome to be polled, read from
/// the history or streamed.
public final class AgentsCommands {
  private static final int HISTORY = 100;
  private static final int MAX_LISTED_OUTPUT = 64 * 1024;
  private static final int MAX_OUTPUT = 1 << 20;
  private static final int MAX_SHELL_LINE = 4096;
  private static final long SHELL_TIMEOUT_SECONDS = 30;
  private static final long MAX_TIMEOUT_SECONDS = 3600;

  private final Commands commands;

  public AgentsCommands(Commands commands) {
    this.commands = commands;
  }

  public List<Route> routes() {
    return new Routes(new AgentsFaults())
        .execute("/api/agents/{id}/commands", this::submit).stream(
                "/api/agents/{id}/commands", this::history)
            .get("/api/agents/{id}/commands/{command}", this::get)
            .stream("/api/agents/{id}/stream/commands/{command}", this::follow)
            .list();
  }

  /// The answer is "queued" also for what is on its way already, as the page has it.
  private Reply submit(Call call) {
    CommandRequest request = request(call, call.json().only("type", "params", "timeout"));
    Command command = commands.submit(call.caller(), call.deviceId(), request);
    return Reply.ok(new AgentsJson.AcceptedJson(command.id().value(), "queued"));
  }

  private static CommandRequest request(Call call, JsonBody body) {
    String type = body.text("type");
    Tool tool = Tools.get("type", type);
    Map<String, Object> params = new HashMap<>(body.optObject("params").orElse(Map.of()));
    Optional<Long> timeout = body.optNumber("timeout");
    if (tool.name().equals("bash")) {
      timeout = shellTimeout(params).or(() -> body.optNumber("timeout"));
      requireShort(params.get("command"));
    }
    long usual =
        tool.name().equals("bash")
            ? SHELL_TIMEOUT_SECONDS
            : CommandRequest.DEFAULT_TIMEOUT.toSeconds();
    long seconds = timeout.orElse(usual);
    if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
      throw Fault.invalid("timeout", seconds, "1.." + MAX_TIMEOUT_SECONDS + " seconds");
    }
    try {
      return new CommandRequest(
          tool.name(),
          params,
          Lane.CONTROL,
          false,
          Duration.ofSeconds(seconds),
          CommandRequest.DEFAULT_TIME_TO_LIVE,
          call.header("idempotency-key"));
    } catch (Fault fault) {
      throw inPageWords(fault);
    }
  }

  /// The page has a shell's timeout among its parameters.
  private static Optional<Long> shellTimeout(Map<String, Object> params) {
    Object given = params.remove("timeout");
    return switch (given) {
      case null -> Optional.empty();
      case Long seconds -> Optional.of(seconds);
      default -> throw Fault.invalid("params.timeout", given, "a whole number of seconds");
    };
  }

  private static void requireShort(@Nullable Object line) {
    if (line instanceof String text && text.length() > MAX_SHELL_LINE) {
      throw Fault.invalid(
          "params.command", text.length() + " characters", "at most " + MAX_SHELL_LINE);
    }
  }

  /// The page calls arguments `params`.
  private static Fault inPageWords(Fault fault) {
    String field = fault.details().getOrDefault("field", "");
    if (!field.equals("args") && !field.startsWith("args.")) {
      return fault;
    }
    String renamed = "params" + field.substring("args".length());
    Map<String, String> details = new HashMap<>(fault.details());
    details.put("field", renamed);
    return new Fault(fault.code(), renamed + fault.getMessage().substring(field.length()), details);
  }

  private Reply history(Call call) {
    Caller caller = call.caller();
    Stream<AgentsJson.CommandJson> shown =
        commands
            .latest(caller, call.deviceId(), HISTORY)
            .map(command -> shown(caller, command, MAX_LISTED_OUTPUT));
    return Reply.stream(MediaType.JSON_UTF_8, out -> LongArray.write(out, shown));
  }

  private Reply get(Call call) {
    return Reply.ok(shown(call.caller(), command(call), MAX_OUTPUT));
  }

  private AgentsJson.CommandJson shown(Caller caller, Command command, int most) {
    return AgentsJson.command(
        command,
        Optional.of(ExecutionOutput.of(commands.output(caller, command.id(), most), most)));
  }

  /// The command of the path, if it is one of that agent's.
  private Command command(Call call) {
    DeviceId agent = call.deviceId();
    String id = call.path("command");
    return commands
        .lookUp(call.caller(), new CommandId(id))
        .filter(command -> command.device().equals(agent))
        .orElseThrow(() -> Fault.notFound("command", id));
  }

  private Reply follow(Call call) {
    CommandId id = command(call).id(); // refused before the stream begins
    long after = call.queryBytes("from_seq").orElse(lastEvent(call));
    return Reply.stream(
        MediaType.EVENT_STREAM,
        out ->
            commands.follow(
                call.caller(),
                id,
                after,
                true,
                new OutputStream(out, command -> AgentsJson.command(command, Optional.empty()))));
  }

  private static long lastEvent(Call call) {
    String text = call.header("last-event-id").orElse("0");
    if (!text.matches("[0-9]{1,18}")) {
      throw Fault.invalid("Last-Event-ID", text, "the number of a chunk");
    }
    return Long.parseLong(text);
  }
}
