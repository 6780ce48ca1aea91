package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/// How one deployment stands.
final class DeploymentView {
  private static final Duration ASKED_EVERY = Duration.ofSeconds(2);

  /// At these it does nothing more until somebody says so.
  private static final Set<String> RESTS =
      Set.of("COMPLETED", "FAILED", "CANCELLED", "ROLLED_BACK", "PAUSED", "AWAITING_PROMOTION");

  private final Session session;
  private final String id;
  private String told = "";

  DeploymentView(Session session, String id) {
    this.session = session;
    this.id = id;
  }

  static Cell state(JsonNode status) {
    return Cell.status(Json.text(status, "state").toLowerCase(Locale.ROOT));
  }

  private JsonNode ask(boolean devices) {
    ObjectNode request =
        Json.object().put("deployment_id", id).put("include_device_details", devices);
    return session.api().post(UpdateCommand.SERVICE + "GetDeploymentStatus", request);
  }

  /// As it is now.
  ///
  /// @param devices each of them, too
  /// @return 1 when it stopped itself or a device failed
  int show(boolean devices) {
    JsonNode answer = ask(devices);
    JsonNode status = answer.path("status");
    session.output().facts(answer, () -> facts(answer));
    if (devices && !session.output().asJson()) {
      session.output().table(answer, () -> table(answer));
    }
    boolean bad =
        status.path("failedDevices").asInt() > 0
            || Set.of("FAILED", "ROLLING_BACK", "ROLLED_BACK").contains(Json.text(status, "state"));
    return bad ? Exit.FAILURE : Exit.OK;
  }

  /// As it ends, or wants somebody's word.
  int showEnd(boolean devices) {
    String goesOn = id + " goes on: muster deployment show " + id + " --follow";
    Thread waiting = Thread.currentThread();
    session.terminal().onInterrupt(waiting::interrupt);
    Patience patience = new Patience(session.terminal(), goesOn);
    try {
      while (patience.until(this::isUnderWay)) {
        session.terminal().sleep(ASKED_EVERY);
      }
      return patience.until(() -> show(devices));
    } catch (InterruptedException e) {
      throw new Failure(Exit.CANCELLED, goesOn, e);
    } finally {
      Thread.interrupted();
    }
  }

  private boolean isUnderWay() {
    JsonNode status = ask(false).path("status");
    String line =
        "batch %d of %d, %d under way, %d of %d done, %d failed: %s"
            .formatted(
                status.path("currentBatch").asInt(),
                status.path("totalBatches").asInt(),
                status.path("runningDevices").asInt(),
                status.path("succeededDevices").asInt(),
                status.path("totalDevices").asInt(),
                status.path("failedDevices").asInt(),
                Json.text(status, "message"));
    if (!line.equals(told)) {
      told = line;
      session.output().note(line);
    }
    return !RESTS.contains(Json.text(status, "state"));
  }

  private Facts facts(JsonNode answer) {
    JsonNode status = answer.path("status");
    Facts facts =
        new Facts()
            .add("id", Cell.of(status.path("deploymentId")))
            .add(
                "software",
                Cell.of(Json.text(status, "updateName") + " " + Json.text(status, "updateVersion")))
            .add("state", state(status))
            .add("because", Cell.of(status.path("message")))
            .add(
                "batch",
                Cell.of(
                    "%d of %d"
                        .formatted(
                            status.path("currentBatch").asInt(),
                            status.path("totalBatches").asInt())))
            .add("devices", Cell.of("" + status.path("totalDevices").asInt()));
    for (String which :
        new String[] {"pending", "running", "succeeded", "failed", "cancelled", "rolledBack"}) {
      int count = status.path(which + "Devices").asInt();
      if (count > 0) {
        facts.add(words(which), Cell.of("" + count));
      }
    }
    answer
        .path("metrics")
        .path("failuresByReason")
        .properties()
        .forEach(why -> facts.add("failed by", Cell.of(why.getKey() + ": " + why.getValue())));
    for (JsonNode decision : answer.path("decisions")) {
      facts.add(
          "decided",
          Cell.of(
              Json.text(decision, "decision").replace('_', ' ')
                  + ": "
                  + Json.text(decision, "reason")));
    }
    return facts
        .add("began", Cell.moment(status.path("startedAt")))
        .add("by", Cell.of(status.path("requestedBy")));
  }

  private static String words(String which) {
    return switch (which) {
      case "pending" -> "waiting";
      case "running" -> "under way";
      case "cancelled" -> "left out";
      case "rolledBack" -> "back";
      default -> which;
    };
  }

  private static Table table(JsonNode answer) {
    Table table = new Table("DEVICE", "STATE", "DONE", "FROM", "BATCH", "WHY");
    for (JsonNode device : answer.path("deviceStatuses")) {
      String name = device.path("deviceName").asText("");
      table.row(
          Cell.of(name.isEmpty() ? Json.text(device, "deviceId") : name),
          state(device),
          Cell.of("%.0f %%".formatted(device.path("progressPercentage").asDouble())),
          Cell.of(device.path("fromVersion")),
          Cell.of("" + device.path("batch").asInt()),
          Cell.of(why(device)));
    }
    return table;
  }

  private static String why(JsonNode device) {
    String code = device.path("errorCode").asText("");
    String message = device.path("message").asText("");
    return code.isEmpty() ? message : message.isEmpty() ? code : code + ": " + message;
  }
}
