package muster.api.muster;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import muster.api.kvmfleet.KvmFleetFaults;
import muster.audit.Audit;
import muster.audit.AuditEntry;
import muster.audit.AuditHead;
import muster.audit.AuditQuery;
import muster.audit.AuditStore;
import muster.command.Command;
import muster.command.CommandQuery;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Commands;
import muster.command.Lane;
import muster.device.DeviceStore;
import muster.device.Devices;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.LogContext;
import muster.http.PublicUrl;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Commands, audit log and server state.
public final class MusterApi {
  private static final int MAX_LIMIT = 1000;
  private static final int DEFAULT_LIMIT = 100;

  /// Further off, a time is not a number of milliseconds any more.
  private static final Instant EARLIEST = Instant.parse("0000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  private final Commands commands;
  private final Audit audit;
  private final Devices devices;
  private final PublicUrl publicUrl;
  private final ServerFacts facts;

  /// What is fixed while this server runs.
  ///
  /// @param caSha256 the pin of the local CA's key, base64
  public record ServerFacts(String version, Instant startedAt, String caSha256) {}

  public MusterApi(
      Commands commands, Audit audit, Devices devices, PublicUrl publicUrl, ServerFacts facts) {
    this.commands = commands;
    this.audit = audit;
    this.devices = devices;
    this.publicUrl = publicUrl;
    this.facts = facts;
  }

  public List<Route> routes() {
    return new Routes(new KvmFleetFaults())
            .execute("/v1/devices/{id}/commands", this::submit)
            .get("/v1/commands", this::list)
            .get("/v1/commands/{command}", this::get)
            .post("/v1/commands/{command}/cancel", this::cancel)
            .stream("/v1/commands/{command}/output", this::output)
            .get("/v1/audit", this::auditLog)
            .stream("/v1/audit/verify", this::verifyAudit)
            .get("/v1/server", this::server)
            .list();
  }

  private Reply submit(Call call) {
    JsonBody body =
        call.json().only("tool", "args", "lane", "idempotent", "timeout_seconds", "ttl_seconds");
    CommandRequest request =
        new CommandRequest(
            body.text("tool"),
            body.optObject("args").orElseThrow(() -> Fault.invalid("args", "nothing", "an object")),
            body.optText("lane").map(MusterApi::lane).orElse(Lane.CONTROL),
            body.optFlag("idempotent").orElse(false),
            seconds(body, "timeout_seconds").orElse(CommandRequest.DEFAULT_TIMEOUT),
            seconds(body, "ttl_seconds").orElse(CommandRequest.DEFAULT_TIME_TO_LIVE),
            call.header("idempotency-key"));
    Command command = commands.submit(call.caller(), call.deviceId(), request);
    return Reply.json(HttpStatus.CREATED, MusterJson.command(command));
  }

  private static Lane lane(String word) {
    return Lane.ofWord(word).orElseThrow(() -> Fault.invalid("lane", word, "control or bulk"));
  }

  private static Optional<Duration> seconds(JsonBody body, String field) {
    // Bounded before it becomes a duration, which would overflow.
    return body.optNumber(field)
        .map(seconds -> Duration.ofSeconds(Math.clamp(seconds, 0, Integer.MAX_VALUE)));
  }

  private Reply list(Call call) {
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
    CommandQuery query =
        new CommandQuery(
            call.query("device").map(MusterApi::device),
            call.query("status").map(MusterApi::status),
            call.query("cursor").map(CommandId::new));
    List<Command> found = commands.find(call.caller(), query, limit);
    return Reply.ok(
        new MusterJson.CommandList(
            found.stream().map(MusterJson::command).toList(),
            found.size() < limit ? null : found.getLast().id().value()));
  }

  private static DeviceId device(String text) {
    if (!DeviceId.isValid(text)) {
      throw Fault.invalid("device", text, "a device id");
    }
    return new DeviceId(text);
  }

  private static CommandStatus status(String word) {
    return CommandStatus.ofWord(word)
        .orElseThrow(() ->
            Fault.invalid(
                "status",
                word,
                "queued, sent, running, completed, failed, timed_out, cancelled, expired or"
                    + " lost"));
  }

  private static CommandId commandId(Call call) {
    return new CommandId(call.path("command"));
  }

  private Reply get(Call call) {
    return Reply.ok(MusterJson.command(command(call)));
  }

  /// The command of the path; the request is about its device, too, from now on.
  private Command command(Call call) {
    Command command = commands.get(call.caller(), commandId(call));
    LogContext.aboutDevice(command.device());
    return command;
  }

  private Reply cancel(Call call) {
    return Reply.ok(MusterJson.command(commands.cancel(call.caller(), commandId(call))));
  }

  private Reply output(Call call) {
    CommandId id = command(call).id(); // refused before the stream begins
    long after = after(call);
    boolean wait = call.queryFlag("follow", true);
    return Reply.stream(
        MediaType.EVENT_STREAM,
        out ->
            commands.follow(
                call.caller(), id, after, wait, new OutputStream(out, MusterJson::command)));
  }

  private static long after(Call call) {
    String text = call.header("last-event-id").or(() -> call.query("from_seq")).orElse("0");
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw Fault.invalid("Last-Event-ID", text, "the number of a chunk");
    }
  }

  private Reply auditLog(Call call) {
    int limit = call.queryNumber("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
    AuditQuery query =
        new AuditQuery(
            call.query("actor"),
            call.query("action"),
            call.query("target"),
            call.query("outcome").map(MusterApi::outcome),
            call.query("request_id"),
            call.query("since").map(text -> time("since", text)),
            call.query("until").map(text -> time("until", text)),
            oldestFirst(call));
    List<AuditStore.Row> rows =
        audit.find(call.caller(), query, call.query("cursor").map(MusterApi::seq), limit);
    return Reply.ok(
        new MusterJson.AuditList(
            rows.stream().map(MusterJson::audit).toList(),
            rows.size() < limit ? null : Long.toString(rows.getLast().entry().seq())));
  }

  private static AuditEntry.Outcome outcome(String word) {
    return switch (word) {
      case "ok" -> AuditEntry.Outcome.OK;
      case "denied" -> AuditEntry.Outcome.DENIED;
      default -> throw Fault.invalid("outcome", word, "ok or denied");
    };
  }

  private static boolean oldestFirst(Call call) {
    String word = call.query("order").orElse("newest");
    return switch (word) {
      case "newest" -> false;
      case "oldest" -> true;
      default -> throw Fault.invalid("order", word, "newest or oldest");
    };
  }

  private static Instant time(String name, String text) {
    try {
      Instant time = Instant.parse(text);
      if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
        throw Fault.invalid(name, text, "a time of the years 0000 to 9999");
      }
      return time;
    } catch (DateTimeParseException e) {
      throw Fault.invalid(name, text, "a time such as 2026-04-15T14:30:00Z");
    }
  }

  private static long seq(String text) {
    try {
      long seq = Long.parseLong(text);
      if (seq > 0) {
        return seq;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw Fault.invalid("cursor", text, "the next_cursor of this list");
  }

  private Reply verifyAudit(Call call) {
    return Reply.ok(
        MusterJson.verification(
            audit.verify(call.caller(), call.query("head").map(AuditHead::parse))));
  }

  private Reply server(Call call) {
    DeviceStore.Counts counts = devices.count(call.caller());
    return Reply.ok(
        new MusterJson.ServerJson(
            facts.version(),
            publicUrl.local(),
            Reply.time(facts.startedAt()),
            facts.caSha256(),
            counts.total(),
            counts.online()));
  }
}
