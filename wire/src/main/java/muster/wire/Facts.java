package muster.wire;

import java.util.Optional;

/// What an agent says about itself and its host, at enrolment and at every hello. Hostile input to
/// the server: checked for length only. An absent field means that the agent could not tell.
///
/// @param agentVersion `agent_version`, such as `0.1.0`
/// @param hostname as the kernel has it
/// @param platform `linux`
/// @param architecture as `uname -m` says: `x86_64`, `aarch64`
/// @param osVersion `os_version`, the distribution's pretty name
public record Facts(
    Optional<String> agentVersion,
    Optional<String> hostname,
    Optional<String> platform,
    Optional<String> architecture,
    Optional<String> osVersion) {
  /// The longest value of any of these fields, in characters.
  public static final int MAX_LENGTH = 255;

  public Facts {
    check("agent_version", agentVersion);
    check("hostname", hostname);
    check("platform", platform);
    check("architecture", architecture);
    check("os_version", osVersion);
  }

  void addTo(JsonObject.Builder json) {
    json.put("agent_version", agentVersion)
        .put("hostname", hostname)
        .put("platform", platform)
        .put("architecture", architecture)
        .put("os_version", osVersion);
  }

  public JsonObject toJson() {
    JsonObject.Builder json = JsonObject.builder();
    addTo(json);
    return json.build();
  }

  /// Reads the five fields out of the message that holds them beside others.
  static Facts fromJson(JsonObject json) {
    return new Facts(
        json.optString("agent_version"),
        json.optString("hostname"),
        json.optString("platform"),
        json.optString("architecture"),
        json.optString("os_version"));
  }

  static void check(String field, Optional<String> value) {
    value.ifPresent(text -> {
      if (text.length() > MAX_LENGTH) {
        throw new FieldException(field, text, "at most " + MAX_LENGTH + " characters");
      }
    });
  }
}
