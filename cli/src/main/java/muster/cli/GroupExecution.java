package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// A command on the devices of a group, under way or over. It goes on whoever looks at it.
final class GroupExecution {
  private static final Duration ASKED_EVERY = Duration.ofMillis(500);

  private final Session session;
  private final JsonNode group;
  private final String id;

  /// @param group with its `id`, and its `members` as far as they have names
  GroupExecution(Session session, JsonNode group, String id) {
    this.session = session;
    this.group = group;
    this.id = id;
  }

  static GroupExecution begin(Session session, JsonNode group, ObjectNode request) {
    leaveAtCtrlC(session);
    JsonNode begun;
    try {
      begun =
          session
              .api()
              .beginOnce(GroupName.path(group) + "/execute", request, UUID.randomUUID().toString());
    } catch (Failure e) {
      throw new Failure(e.exit(), e.getMessage() + "; whether it began: muster commands", e);
    }
    GroupExecution execution = new GroupExecution(session, group, Json.text(begun, "execution_id"));
    session
        .output()
        .note(execution.id + " is under way; to look at it without this: " + execution.again());
    return execution;
  }

  private static void leaveAtCtrlC(Session session) {
    Thread waiting = Thread.currentThread();
    session.terminal().onInterrupt(waiting::interrupt);
  }

  private String again() {
    return "muster group execution " + Json.text(group, "id") + " " + id;
  }

  private String path() {
    return GroupName.path(group) + "/executions/" + Query.encoded(id);
  }

  /// As it stands.
  int show() {
    JsonNode state = session.api().get(path());
    session.output().table(state, () -> table(state));
    if (Json.text(state, "status").equals("running")) {
      session.output().note("still under way; --follow waits for its end");
    }
    return state.path("failed").asInt() == 0 ? Exit.OK : Exit.FAILURE;
  }

  /// As it ends, then.
  int showEnd() {
    leaveAtCtrlC(session);
    Patience patience = new Patience(session.terminal(), id + " goes on: " + again());
    try {
      while (patience.until(this::isRunning)) {
        session.terminal().sleep(ASKED_EVERY);
      }
      return patience.until(this::show);
    } catch (InterruptedException e) {
      throw left(e);
    } catch (Failure e) {
      throw e.exit() == Exit.CANCELLED ? left(e) : e;
    } finally {
      Thread.interrupted();
    }
  }

  private boolean isRunning() {
    JsonNode state = session.api().get(path() + "?results=none");
    return Json.text(state, "status").equals("running");
  }

  private Failure left(Exception interrupted) {
    return new Failure(Exit.CANCELLED, id + " goes on: " + again(), interrupted);
  }

  private Table table(JsonNode state) {
    Map<String, String> names = new HashMap<>();
    for (JsonNode member : group.path("members")) {
      names.put(Json.text(member, "id"), Json.text(member, "name"));
    }
    Table table = new Table("DEVICE", "STATUS", "EXIT", "LAST LINE");
    for (JsonNode part : state.path("results")) {
      String device = Json.text(part, "device_id");
      ObjectNode row = Json.object().put("name", names.getOrDefault(device, device));
      row.put("line", lastLine(part));
      table.row(
          Cell.of(row.path("name")),
          Cell.status(Json.text(part, "status")),
          Cell.of(part.path("exit_code")),
          Cell.of(row.path("line")));
    }
    return table;
  }

  private static String lastLine(JsonNode part) {
    String output = part.path("output").asText("").strip();
    return output.isEmpty()
        ? part.path("error").asText("")
        : output.substring(output.lastIndexOf('\n') + 1);
  }
}
