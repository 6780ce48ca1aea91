package muster.api.snippbot;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import muster.campaign.Campaign;
import muster.campaign.Campaigns;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.device.Device;
import muster.group.DeviceGroup;
import muster.group.Groups;
import muster.http.Call;
import muster.http.JsonBody;
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

  record GroupList(List<GroupJson> groups, int total) {}

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
      int waiting,
      List<Object> results) {}

  public List<Route> routes() {
    return new Routes(new SnippbotFaults())
        .get("/api/device-groups", this::list)
        .post("/api/device-groups", this::create)
        .get("/api/device-groups/{id}", this::get)
        .delete("/api/device-groups/{id}", this::delete)
        .post("/api/device-groups/{id}/members/{device}", this::add)
        .delete("/api/device-groups/{id}/members/{device}", this::remove)
        .postStream("/api/device-groups/{id}/execute", this::execute)
        .get("/api/device-groups/{id}/executions/{execution}", this::execution)
        .list();
  }

  private static GroupId id(Call call) {
    return new GroupId(call.path("id"));
  }

  private GroupJson shown(Call call, DeviceGroup group) {
    List<MemberJson> members =
        groups.members(call.caller(), group.id()).stream().map(this::member).toList();
    return new GroupJson(
        group.id().value(),
        group.name(),
        group.description().orElse(null),
        members.size(),
        members,
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
    List<GroupJson> all =
        groups.list(call.caller()).stream().map(group -> shown(call, group)).toList();
    return Reply.ok(new GroupList(all, all.size()));
  }

  private Reply create(Call call) {
    JsonBody body = call.json().only("name", "description");
    DeviceGroup group =
        groups.create(call.caller(), body.text("name"), body.optText("description"));
    return Reply.json(HttpStatus.CREATED, shown(call, group));
  }

  private Reply get(Call call) {
    return Reply.ok(shown(call, groups.get(call.caller(), id(call))));
  }

  private Reply delete(Call call) {
    groups.delete(call.caller(), id(call));
    return Reply.noContent();
  }

  private Reply add(Call call) {
    DeviceId device = call.deviceId(call.path("device"));
    return Reply.ok(shown(call, groups.add(call.caller(), id(call), device)));
  }

  private Reply remove(Call call) {
    groups.remove(call.caller(), id(call), call.deviceId(call.path("device")));
    return Reply.noContent();
  }

  private Reply execute(Call call) throws InterruptedException {
    JsonBody body = call.json().only("tool", "args", "timeout", "parallel");
    ExecutionBody wanted = ExecutionBody.of(body);
    int cap = body.optNumber("parallel").map(Math::toIntExact).orElse(Campaigns.DEFAULT_CAP);
    Campaign begun = campaigns.start(call.caller(), id(call), wanted.request(call), cap);
    Campaign campaign =
        ExecutionBody.wantsNoWait(call)
            ? begun
            : campaigns.await(call.caller(), begun.id(), wanted.timeout().plus(SLACK));
    return Reply.json(
        campaign.finishedAt().isPresent() ? HttpStatus.OK : HttpStatus.ACCEPTED,
        account(call, campaign));
  }

  private Reply execution(Call call) throws InterruptedException {
    groups.get(call.caller(), id(call));
    return Reply.ok(
        account(call, campaigns.get(call.caller(), new CampaignId(call.path("execution")))));
  }

  private CampaignJson account(Call call, Campaign campaign) throws InterruptedException {
    int succeeded = 0;
    int failed = 0;
    int skipped = 0;
    int running = 0;
    int waiting = 0;
    List<Object> results = new ArrayList<>();
    for (Campaigns.PartState part : campaigns.parts(call.caller(), campaign.id())) {
      String device = part.device().id().value();
      if (part.skipped().isPresent()) {
        skipped++;
        results.add(new SkippedJson(device, "skipped", part.skipped().get()));
      } else if (part.command().isEmpty()) {
        waiting++;
        results.add(new WaitingJson(device, "waiting"));
      } else {
        Command command = part.command().get();
        results.add(executions.shown(call.caller(), command));
        boolean ended = command.status().isFinal();
        running += ended ? 0 : 1;
        succeeded += ended && hasSucceeded(command) ? 1 : 0;
        failed += ended && !hasSucceeded(command) ? 1 : 0;
      }
    }
    return new CampaignJson(
        campaign.group().value(),
        campaign.id().value(),
        campaign.tool(),
        campaign.finishedAt().isPresent() ? "completed" : "running",
        results.size(),
        succeeded,
        failed,
        skipped,
        running,
        waiting,
        results);
  }

  private static boolean hasSucceeded(Command command) {
    return command.status() == CommandStatus.COMPLETED
        && command.result().flatMap(Command.Result::exitCode).filter(code -> code != 0).isEmpty();
  }
}
