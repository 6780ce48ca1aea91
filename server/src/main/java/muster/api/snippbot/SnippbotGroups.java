package muster.api.snippbot;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muster.auth.Caller;
import muster.campaign.Campaign;
import muster.campaign.Campaigns;
import muster.command.CommandRequest;
import muster.device.Device;
import muster.fault.Fault;
import muster.group.DeviceGroup;
import muster.group.Groups;
import muster.http.Call;
import muster.http.JsonBody;
import muster.http.LongArray;
import muster.http.Reply;
import muster.http.Route;
import muster.http.Routes;
import muster.id.CampaignId;
import muster.id.DeviceId;
import muster.id.GroupId;
import org.jspecify.annotations.Nullable;

/// Groups and their campaigns under `/api/device-groups` (rows F057–F063).
public final class SnippbotGroups {
  private static final Duration SLACK = Duration.ofSeconds(5);

  /// How many members one answer shows.
  private static final int MAX_MEMBERS = 1_000;

  private final Groups groups;
  private final Campaigns campaigns;
  private final SnippbotExecutions executions;
  private final InstantSource clock;

  public SnippbotGroups(
      Groups groups, Campaigns campaigns, SnippbotExecutions executions, InstantSource clock) {
    this.groups = groups;
    this.campaigns = campaigns;
    this.executions = executions;
    this.clock = clock;
  }

  record MemberJson(String id, String name, boolean online, String status) {}

  record GroupJson(
      String id,
      String name,
      @Nullable String description,
      int deviceCount,
      List<MemberJson> members,
      String createdAt) {}

  record SummaryJson(
      String id, String name, @Nullable String description, int deviceCount, String createdAt) {}

  record GroupList(List<SummaryJson> groups, int total) {}

  /// A member that was left out.
  record SkippedJson(String deviceId, String status, String error) {}

  record WaitingJson(String deviceId, String status) {}

  record CampaignJson(
      String groupId,
      String executionId,
      String tool,
      String status,
      int total,
      int succeeded,
      int failed,
      int skipped,
      int running,
      int waiting) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
            .get("/api/device-groups", this::list)
            .post("/api/device-groups", this::create)
            .get("/api/device-groups/{id}", this::get)
            .delete("/api/device-groups/{id}", this::delete)
            .post("/api/device-groups/{id}/members/{device}", this::add)
            .delete("/api/device-groups/{id}/members/{device}", this::remove)
            .executeAndWait("/api/device-groups/{id}/execute", this::execute)
            .stream("/api/device-groups/{id}/executions/{execution}", this::execution)
            .list();
  }

  private static GroupId id(Call call) {
    return new GroupId(call.path("id"));
  }

  private SummaryJson summary(Call call, DeviceGroup group) {
    return new SummaryJson(
        group.id().value(),
        group.name(),
        group.description().orElse(null),
        groups.size(call.caller(), group.id()),
        Reply.time(group.createdAt()));
  }

  private GroupJson shown(Call call, DeviceGroup group, int offset, int limit) {
    return new GroupJson(
        group.id().value(),
        group.name(),
        group.description().orElse(null),
        groups.size(call.caller(), group.id()),
        groups.members(call.caller(), group.id(), offset, limit).stream()
            .map(this::member)
            .toList(),
        Reply.time(group.createdAt()));
  }

  private MemberJson member(Device device) {
    return new MemberJson(
        device.id().value(),
        device.name(),
        SnippbotJson.isOnline(device, clock.instant()),
        device.approval().word());
  }

  private Reply list(Call call) {
    List<SummaryJson> all =
        groups.list(call.caller()).stream().map(group -> summary(call, group)).toList();
    return Reply.ok(new GroupList(all, all.size()));
  }

  private Reply create(Call call) {
    JsonBody body = call.json().only("name", "description");
    DeviceGroup group =
        groups.create(call.caller(), body.text("name"), body.optText("description"));
    return Reply.json(HttpStatus.CREATED, shown(call, group, 0, MAX_MEMBERS));
  }

  private Reply get(Call call) {
    int offset = call.queryNumber("offset", 0, Integer.MAX_VALUE).orElse(0);
    int limit = call.queryNumber("limit", 1, MAX_MEMBERS).orElse(MAX_MEMBERS);
    return Reply.ok(shown(call, groups.get(call.caller(), id(call)), offset, limit));
  }

  private Reply delete(Call call) {
    groups.delete(call.caller(), id(call));
    return Reply.noContent();
  }

  private Reply add(Call call) {
    DeviceId device = call.deviceId(call.path("device"));
    return Reply.ok(summary(call, groups.add(call.caller(), id(call), device)));
  }

  private Reply remove(Call call) {
    groups.remove(call.caller(), id(call), call.deviceId(call.path("device")));
    return Reply.noContent();
  }

  private Reply execute(Call call) {
    JsonBody body = call.json().only("tool", "args", "timeout", "parallel");
    CommandRequest request = ExecutionBody.request(call, body);
    long cap = body.optNumber("parallel").orElse((long) Campaigns.DEFAULT_CAP);
    Campaign begun = campaigns.start(call.caller(), id(call), request, cap);
    Duration longest = request.timeout().plus(SLACK);
    Campaign campaign =
        ExecutionBody.wantsNoWait(call)
            ? begun
            : call.waiting(() -> campaigns.await(call.caller(), begun.id(), longest));
    return account(
        call,
        campaign.finishedAt().isPresent() ? HttpStatus.OK : HttpStatus.ACCEPTED,
        campaign,
        true);
  }

  /// The group itself may be gone by now.
  private Reply execution(Call call) {
    CampaignId id = new CampaignId(call.path("execution"));
    Campaign campaign = campaigns.get(call.caller(), id);
    if (!campaign.group().equals(id(call))) {
      throw Fault.notFound("group execution", id.value());
    }
    String results = call.query("results").orElse("all");
    if (!List.of("all", "none").contains(results)) {
      throw Fault.invalid("results", results, "all or none");
    }
    return account(call, HttpStatus.OK, campaign, results.equals("all"));
  }

  private Reply account(Call call, HttpStatus status, Campaign campaign, boolean withResults) {
    List<Campaigns.PartState> parts = campaigns.parts(call.caller(), campaign.id());
    Map<Campaigns.Outcome, Integer> counts = new EnumMap<>(Campaigns.Outcome.class);
    parts.forEach(part -> counts.merge(part.outcome(), 1, Integer::sum));
    CampaignJson account =
        new CampaignJson(
            campaign.group().value(),
            campaign.id().value(),
            campaign.tool(),
            campaign.finishedAt().isPresent() ? "completed" : "running",
            parts.size(),
            counts.getOrDefault(Campaigns.Outcome.SUCCEEDED, 0),
            counts.getOrDefault(Campaigns.Outcome.FAILED, 0),
            counts.getOrDefault(Campaigns.Outcome.SKIPPED, 0),
            counts.getOrDefault(Campaigns.Outcome.RUNNING, 0),
            counts.getOrDefault(Campaigns.Outcome.WAITING, 0));
    Stream<Object> results =
        withResults ? parts.stream().map(part -> result(call.caller(), part)) : Stream.empty();
    return Reply.stream(
        status,
        MediaType.JSON_UTF_8,
        out -> {
          String counted = new String(Reply.bytes(account), UTF_8);
          out.write(counted.substring(0, counted.length() - 1) + ",\"results\":");
          LongArray.write(out, results);
          out.write("}");
        });
  }

  private Object result(Caller caller, Campaigns.PartState part) {
    String device = part.device().value();
    if (part.skipped().isPresent()) {
      return new SkippedJson(device, "skipped", part.skipped().get());
    }
    return part.command()
        .<Object>flatMap(command -> executions.shown(caller, command))
        .orElseGet(() -> new WaitingJson(device, "waiting"));
  }
}
