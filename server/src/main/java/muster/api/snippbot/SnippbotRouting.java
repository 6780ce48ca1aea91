package muster.api.snippbot;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import muster.command.CommandRequest;
import muster.device.Device;
import muster.fault.Fault;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.GroupId;
import muster.routing.Candidate;
import muster.routing.Preference;
import muster.routing.Router;
import muster.routing.Routing;
import org.jspecify.annotations.Nullable;

/// Which device serves a tool when none is named (rows F053–F056), and execution by it.
public final class SnippbotRouting {
  private static final List<String> STRATEGIES =
      List.of("preference", "capability", "least_loaded");

  private final Routing routing;
  private final SnippbotExecutions executions;

  public SnippbotRouting(Routing routing, SnippbotExecutions executions) {
    this.routing = routing;
    this.executions = executions;
  }

  record PreferenceJson(
      String tool,
      @Nullable String deviceId,
      @Nullable String groupId,
      boolean fallback,
      String updatedAt) {}

  /// @param mode the key is `default`, a word of the language
  record ConfigJson(
      @JsonProperty("default") String mode,
      List<PreferenceJson> preferences,
      List<String> strategies) {}

  record CandidateJson(
      String deviceId, String name, boolean eligible, int score, List<String> reasons) {}

  record ExplanationJson(
      String tool, @Nullable String selected, String reason, List<CandidateJson> candidates) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .get("/api/devices/routing", this::config)
        .get("/api/devices/routing/explain", this::explain)
        .put("/api/devices/routing/preferences/{tool}", this::prefer)
        .delete("/api/devices/routing/preferences/{tool}", this::clear)
        .executeAndWait("/api/devices/execute", this::execute)
        .list();
  }

  private Reply config(Call call) {
    return Reply.ok(
        new ConfigJson(
            "auto",
            routing.preferences(call.caller()).stream().map(SnippbotRouting::shown).toList(),
            STRATEGIES));
  }

  private static PreferenceJson shown(Preference preference) {
    return new PreferenceJson(
        preference.tool(),
        preference.target() instanceof Preference.Target.OneDevice one ? one.id().value() : null,
        preference.target() instanceof Preference.Target.OneOfGroup one ? one.id().value() : null,
        preference.fallback(),
        Reply.time(preference.updatedAt()));
  }

  private Reply explain(Call call) {
    String tool =
        call.query("tool").orElseThrow(() -> Fault.invalid("tool", "nothing", "a tool's name"));
    Router.Decision decision =
        routing.decide(
            call.caller(),
            tool,
            call.query("device_id").map(call::deviceId),
            call.query("group").map(GroupId::new));
    return Reply.ok(
        new ExplanationJson(
            tool,
            decision.selected().map(chosen -> chosen.device().id().value()).orElse(null),
            decision.reason(),
            decision.candidates().stream().map(candidate -> shown(candidate, tool)).toList()));
  }

  private static CandidateJson shown(Candidate candidate, String tool) {
    return new CandidateJson(
        candidate.device().id().value(),
        candidate.device().name(),
        candidate.isEligible(),
        candidate.score(),
        candidate.reasons(tool));
  }

  private Reply prefer(Call call) {
    JsonBody body = call.json().only("device_id", "group_id", "fallback");
    Optional<Preference.Target> device =
        body.optText("device_id").map(id -> new Preference.Target.OneDevice(call.deviceId(id)));
    Optional<Preference.Target> group =
        body.optText("group_id").map(id -> new Preference.Target.OneOfGroup(new GroupId(id)));
    if (device.isPresent() == group.isPresent()) {
      throw Fault.invalid(
          "device_id", device.isPresent() ? "and group_id" : "nothing", "it or group_id");
    }
    return Reply.ok(
        shown(
            routing.prefer(
                call.caller(),
                call.path("tool"),
                device.or(() -> group).orElseThrow(),
                body.optFlag("fallback").orElse(true))));
  }

  private Reply clear(Call call) {
    routing.clear(call.caller(), call.path("tool"));
    return Reply.noContent();
  }

  /// As on one device, on the one that is decided on; a repeated request stays where it was.
  private Reply execute(Call call) throws InterruptedException {
    JsonBody body = call.json().only("tool", "args", "timeout", "group");
    CommandRequest request = ExecutionBody.request(call, body);
    Device chosen = routing.choose(call.caller(), request, body.optText("group").map(GroupId::new));
    return executions.run(call, chosen, request);
  }
}
