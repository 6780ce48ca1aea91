package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Versions on their way to devices: `deployment start`, `list`, `show`, and how it is steered.
@Command(
    name = "deployment",
    header = "Bring a version to devices, watched, and take it back.",
    synopsisSubcommandLabel = "<command>",
    subcommands = {
      DeploymentCommand.Start.class,
      DeploymentCommand.All.class,
      DeploymentCommand.One.class,
      DeploymentCommand.Promote.class,
      DeploymentCommand.Pause.class,
      DeploymentCommand.Resume.class,
      DeploymentCommand.Cancel.class,
      DeploymentCommand.Retry.class,
      DeploymentCommand.Rollback.class
    })
final class DeploymentCommand {
  private DeploymentCommand() {}

  @Command(
      name = "start",
      header = "Bring a version to devices; prints the deployment's id.",
      description = {
        "",
        "Rolling: a few at a time. Canary: a tenth first, the others when these are well and"
            + " somebody promotes it, or --auto-promote is given. It stops by itself when too many"
            + " fail or those that have it are less well than the others; then these go back.",
        ""
      },
      sortOptions = false,
      footerHeading = "%nExamples:%n",
      footer = {
        "  muster deployment start upd_7c… --filter 'tag:kiosk' --dry-run",
        "  muster deployment start upd_7c… --filter 'tag:kiosk' --strategy canary \\",
        "    --watch-for 30m --auto-promote --check-url http://localhost/health --follow"
      })
  static final class Start implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "<update>", description = "The update's id.")
    private String update = "";

    @Parameters(index = "1..*", paramLabel = "<device>", description = "Names or ids.")
    private List<String> devices = new ArrayList<>();

    @Option(names = "--filter", paramLabel = "<filter>", description = "And those that match.")
    private String filter = "";

    @Option(
        names = "--strategy",
        paramLabel = "<way>",
        description =
            "immediate, rolling, canary or blue_green. Default: the update's, or rolling.")
    private @Nullable String strategy;

    @Option(names = "--parallel", paramLabel = "<n>", description = "So many at once.")
    private int parallel;

    @Option(names = "--batch", paramLabel = "<n>", description = "Devices in a batch.")
    private int batch;

    @Option(
        names = "--pause",
        paramLabel = "<time>",
        description = "Between two batches, such as 5m.")
    private @Nullable String pause;

    @Option(
        names = "--max-failures",
        paramLabel = "<percent>",
        description = "It stops from that share of failures on. Default: 10.")
    private double maxFailures;

    @Option(
        names = "--canary",
        paramLabel = "<percent>",
        description = "The share that is first. Default: 10.")
    private double canary;

    @Option(
        names = "--watch-for",
        paramLabel = "<time>",
        description = "How long these are watched. Default: 10m.")
    private @Nullable String watchFor;

    @Option(names = "--auto-promote", description = "The others follow without anybody's word.")
    private boolean autoPromote;

    @Option(names = "--no-rollback", description = "When it stops, nobody goes back.")
    private boolean noRollback;

    @Option(
        names = "--offline",
        paramLabel = "<policy>",
        description = "wait, skip or fail, for devices that are away. Default: wait.")
    private @Nullable String offline;

    @Option(
        names = "--check",
        paramLabel = "<command>",
        description = "A line for the shell that must end with 0 on the device.")
    private @Nullable String check;

    @Option(
        names = "--check-url",
        paramLabel = "<url>",
        description = "Must answer 200 when the device asks.")
    private @Nullable String checkUrl;

    @Option(
        names = "--window",
        paramLabel = "<from-to>",
        description = "Begin in these hours only, such as 22:00-04:00.")
    private @Nullable String window;

    @Option(
        names = "--time-zone",
        paramLabel = "<zone>",
        description = "Of the window. Default: UTC.")
    private String timeZone = "";

    @Option(names = "--dry-run", description = "Say who would take part, and begin nothing.")
    private boolean dryRun;

    @Option(names = "--follow", description = "Wait for its end.")
    private boolean follow;

    private final Session session;

    Start(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      ObjectNode request = Json.object().put("update_id", update).put("device_filter", filter);
      ArrayNode ids = request.putArray("device_ids");
      DeviceNames names = new DeviceNames(session.api());
      devices.forEach(device -> ids.add(Json.text(names.resolve(device), "id")));
      request.set("config", config());
      if (dryRun) {
        preview(request);
        return Exit.OK;
      }
      JsonNode answer = session.api().post(UpdateCommand.SERVICE + "DeployUpdate", request);
      String id = Json.text(answer, "deploymentId");
      if (!follow) {
        session.output().value(answer, id);
        return Exit.OK;
      }
      session.output().note(id + " has begun");
      return new DeploymentView(session, id).showEnd(false);
    }

    private ObjectNode config() {
      ObjectNode config =
          Json.object()
              .put("max_parallel", parallel)
              .put("batch_size", batch)
              .put("max_failure_percentage", maxFailures)
              .put("canary_percentage", canary)
              .put("auto_promote", autoPromote);
      if (strategy != null) {
        config.put("strategy", strategy.toUpperCase(Locale.ROOT));
      }
      if (pause != null) {
        config.put("pause_between_batches", seconds("--pause", pause));
      }
      if (watchFor != null) {
        config.put("validation_duration", seconds("--watch-for", watchFor));
      }
      if (noRollback) {
        config.put("auto_rollback", false);
      }
      if (offline != null) {
        config.put("offline_policy", offline.toUpperCase(Locale.ROOT));
      }
      if (check != null || checkUrl != null) {
        ObjectNode health = config.putObject("health_check");
        if (check != null) {
          health.putArray("check_command").add("sh").add("-c").add(check);
        }
        if (checkUrl != null) {
          health.put("http_endpoint", checkUrl);
        }
      }
      if (window != null) {
        String[] hours = window.split("-", 2);
        config
            .putObject("maintenance_window")
            .put("from", hours[0])
            .put("to", hours.length > 1 ? hours[1] : "")
            .put("time_zone", timeZone);
      }
      return config;
    }

    private static String seconds(String option, String time) {
      return Times.duration(option, time).toSeconds() + "s";
    }

    private void preview(ObjectNode request) {
      JsonNode answer =
          session
              .api()
              .post(
                  UpdateCommand.SERVICE + "PreviewDeployment",
                  Json.object().set("deployment", request));
      session
          .output()
          .facts(
              answer,
              () -> {
                Facts facts =
                    new Facts()
                        .add("devices", Cell.of("" + answer.path("targetDeviceCount").asInt()))
                        .add("online", Cell.of("" + answer.path("onlineDevices").asInt()))
                        .add("batches", Cell.of(batches(answer)));
                answer
                    .path("leftOut")
                    .properties()
                    .forEach(why ->
                        facts.add("left out", Cell.of(why.getKey() + ": " + why.getValue())));
                return facts;
              });
    }

    private static String batches(JsonNode answer) {
      List<String> sizes = new ArrayList<>();
      for (JsonNode size : answer.path("batchSizes")) {
        sizes.add(size.asText());
      }
      int shown = Math.min(sizes.size(), 10);
      return String.join(", ", sizes.subList(0, shown))
          + (answer.path("totalBatches").asInt() > shown
              ? ", … %d in all".formatted(answer.path("totalBatches").asInt())
              : "");
    }
  }

  @Command(name = "list", header = "List deployments, newest first.", sortOptions = false)
  static final class All implements Runnable {
    private final Session session;

    All(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      JsonNode answer =
          session
              .api()
              .post(UpdateCommand.SERVICE + "ListDeployments", Json.object().put("page_size", 100));
      session.output().table(answer, () -> table(answer, session.terminal().now()));
    }

    private static Table table(JsonNode answer, Instant now) {
      Table table =
          new Table("ID", "SOFTWARE", "STATE", "DONE", "OK", "FAILED", "BATCH", "BEGAN", "BY")
              .keep("ID");
      for (JsonNode one : answer.path("deployments")) {
        String back = one.path("revertsDeploymentId").asText("").isEmpty() ? "" : " (back)";
        table.row(
            Cell.of(one.path("deploymentId")),
            Cell.of(Json.text(one, "updateName") + " " + Json.text(one, "updateVersion") + back),
            DeploymentView.state(one),
            Cell.of("%.0f %%".formatted(one.path("percentageComplete").asDouble())),
            Cell.of("" + one.path("succeededDevices").asInt()),
            Cell.of("" + one.path("failedDevices").asInt()),
            Cell.of(
                "%d/%d"
                    .formatted(one.path("currentBatch").asInt(), one.path("totalBatches").asInt())),
            Cell.time(one.path("startedAt"), now),
            Cell.of(one.path("requestedBy")));
      }
      return table;
    }
  }

  /// Which deployment.
  static final class Which {
    @Parameters(paramLabel = "<id>", description = "The deployment's id.")
    private String id = "";

    ObjectNode request() {
      return Json.object().put("deployment_id", id);
    }
  }

  @Command(
      name = "show",
      header = "Show how a deployment stands, and what was decided.",
      description = {"", "1 when it stopped itself or a device failed.", ""},
      sortOptions = false)
  static final class One implements Callable<Integer> {
    @Mixin private final Which which = new Which();

    @Option(names = "--devices", description = "Each device, too.")
    private boolean devices;

    @Option(names = "--follow", description = "Wait for its end.")
    private boolean follow;

    private final Session session;

    One(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      DeploymentView view = new DeploymentView(session, which.id);
      return follow ? view.showEnd(devices) : view.show(devices);
    }
  }

  private static void steer(Session session, String method, Which which, String remark) {
    JsonNode answer =
        session.api().post(UpdateCommand.SERVICE + method + "Deployment", which.request());
    session.output().done(answer.path("status"), which.id + " " + remark);
  }

  @Command(name = "promote", header = "Let the others follow the first.", sortOptions = false)
  static final class Promote implements Runnable {
    @Mixin private final Which which = new Which();
    private final Session session;

    Promote(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      steer(session, "Promote", which, "is promoted");
    }
  }

  @Command(name = "pause", header = "Let nobody begin until it is resumed.", sortOptions = false)
  static final class Pause implements Runnable {
    @Mixin private final Which which = new Which();
    private final Session session;

    Pause(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      steer(session, "Pause", which, "is paused");
    }
  }

  @Command(name = "resume", header = "Go on where it was paused.", sortOptions = false)
  static final class Resume implements Runnable {
    @Mixin private final Which which = new Which();
    private final Session session;

    Resume(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      steer(session, "Resume", which, "goes on");
    }
  }

  @Command(
      name = "cancel",
      header = "Let nobody begin any more; who has it keeps it.",
      sortOptions = false)
  static final class Cancel implements Runnable {
    @Mixin private final Which which = new Which();
    private final Session session;

    Cancel(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      steer(session, "Cancel", which, "is cancelled");
    }
  }

  @Command(name = "retry", header = "Try again where it failed.", sortOptions = false)
  static final class Retry implements Runnable {
    @Mixin private final Which which = new Which();
    private final Session session;

    Retry(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      steer(session, "Retry", which, "goes on");
    }
  }

  @Command(
      name = "rollback",
      header = "Take devices back to what they ran before.",
      sortOptions = false)
  static final class Rollback implements Runnable {
    @Mixin private final Which which = new Which();

    @Option(names = "--reason", paramLabel = "<text>", description = "For the record.")
    private String reason = "";

    @Option(
        names = "--force",
        description = "Also devices that have not said what they ran before.")
    private boolean force;

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    private final Session session;

    Rollback(Session session) {
      this.session = session;
    }

    @Override
    public void run() {
      new Confirm(session.terminal()).orStop("Take the devices of " + which.id + " back?", yes);
      JsonNode answer =
          session
              .api()
              .post(
                  UpdateCommand.SERVICE + "RollbackDeployment",
                  which.request().put("reason", reason).put("force", force));
      int back = answer.path("devicesRolledBack").asInt();
      session.output().done(answer, back == 1 ? "1 device goes back" : back + " devices go back");
    }
  }
}
