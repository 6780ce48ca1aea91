package muster.agent.update;

import java.util.Optional;
import muster.wire.Json;
import muster.wire.JsonException;
import muster.wire.JsonObject;

/// One installation, as far as it has come; a file of it outlives the agent.
///
/// @param execution the id of the command that asked for it
/// @param tool that was called
/// @param args it was called with
/// @param from the slot that was current before; empty when there was none
/// @param before the slot that was kept beside it
/// @param to the slot that is to be current
/// @param checks how often an agent was started anew in the middle of the look at it
/// @param outcome `installed`, `unchanged`, `rolled_back` or `failed`, once it is known
/// @param reason why it failed
/// @param detail the same in words
record Journey(
    String execution,
    String tool,
    JsonObject args,
    Stage stage,
    Optional<String> from,
    Optional<String> before,
    String to,
    int checks,
    Optional<String> outcome,
    Optional<String> reason,
    Optional<String> detail) {

  static Journey of(
      String execution,
      String tool,
      JsonObject args,
      Stage first,
      Optional<String> from,
      Optional<String> before,
      String to) {
    return new Journey(
        execution,
        tool,
        args,
        first,
        from,
        before,
        to,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  Journey at(Stage next) {
    return new Journey(
        execution, tool, args, next, from, before, to, checks, outcome, reason, detail);
  }

  Journey checkedAgain() {
    return new Journey(
        execution, tool, args, stage, from, before, to, checks + 1, outcome, reason, detail);
  }

  /// It fails, and goes on at the given stage.
  Journey failed(Stage next, String why, String words) {
    return new Journey(
        execution,
        tool,
        args,
        next,
        from,
        before,
        to,
        checks,
        Optional.of("failed"),
        Optional.of(why),
        Optional.of(words));
  }

  Journey ended(String how) {
    return new Journey(
        execution,
        tool,
        args,
        Stage.DONE,
        from,
        before,
        to,
        checks,
        Optional.of(how),
        reason,
        detail);
  }

  boolean hasFailed() {
    return outcome.equals(Optional.of("failed"));
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("execution", execution)
        .put("tool", tool)
        .put("args", args)
        .put("stage", stage)
        .put("from", from)
        .put("before", before)
        .put("to", to)
        .put("checks", checks)
        .put("outcome", outcome)
        .put("reason", reason)
        .put("detail", detail)
        .build();
  }

  /// @throws JsonException when it is none
  static Journey parse(String text) {
    JsonObject json = Json.parseObject(text);
    return new Journey(
        json.string("execution"),
        json.string("tool"),
        json.object("args"),
        json.oneOf("stage", Stage.class),
        json.optString("from"),
        json.optString("before"),
        json.string("to"),
        (int) json.integer("checks"),
        json.optString("outcome"),
        json.optString("reason"),
        json.optString("detail"));
  }
}
