package muster.wire;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The device's own policy as its agent tells it, in [Hello] and by `device.policy`. For people to
/// see; the device itself enforces it.
///
/// @param problem why the file cannot be used; only with [State#BROKEN]
/// @param rules what the file says, at most 16 KiB as JSON; empty unless [State#IN_FORCE]
public record PolicySummary(State state, Optional<String> problem, JsonObject rules) {
  /// The longest policy, as a file and on the wire.
  public static final int MAX_BYTES = 16 * 1024;

  public enum State {
    /// There is no file: everything is allowed.
    NONE,

    /// What the file says counts.
    IN_FORCE,

    /// The file cannot be used: nothing is allowed.
    BROKEN
  }

  public static final PolicySummary NONE =
      new PolicySummary(State.NONE, Optional.empty(), JsonObject.empty());

  public PolicySummary {
    int bytes = rules.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new FieldException("policy.rules", bytes, "at most " + MAX_BYTES + " bytes");
    }
  }

  public static PolicySummary inForce(JsonObject rules) {
    return new PolicySummary(State.IN_FORCE, Optional.empty(), rules);
  }

  public static PolicySummary broken(String problem) {
    return new PolicySummary(State.BROKEN, Optional.of(problem), JsonObject.empty());
  }

  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder().put("state", state).put("problem", problem);
    if (state == State.IN_FORCE) {
      json.put("rules", rules);
    }
    return json.build();
  }

  public static PolicySummary fromJson(JsonObject json) {
    return new PolicySummary(
        json.oneOf("state", State.class),
        json.optString("problem"),
        json.optObject("rules").orElse(JsonObject.empty()));
  }
}
