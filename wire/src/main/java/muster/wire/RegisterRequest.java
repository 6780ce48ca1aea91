package muster.wire;

import java.util.List;
import java.util.Optional;

/// The body of `POST /v1/agent/register`: a single-use token for a device credential. Asked again
/// with the same token and `hardware_id` within 10 minutes it yields the same device.
///
/// @param enrollmentToken `enrollment_token`, the secret `ekvent_…`
/// @param hardwareId `hardware_id`, opaque, 1..255 characters, stable for this machine; a label,
///   not a proof. Read from `hw_id` too, as older agents of the dialect say
/// @param hwKind `hw_kind`, such as `server`; absent means unknown
/// @param name wished for; the token's wins, and it is made unique with a suffix
/// @param tags wished for; the token's win; absent means none
public record RegisterRequest(
    String enrollmentToken,
    String hardwareId,
    Optional<String> hwKind,
    Optional<String> name,
    List<String> tags,
    Facts facts) {

  public RegisterRequest {
    checkSecret("enrollment_token", enrollmentToken);
    Check.text("hardware_id", hardwareId, Facts.MAX_LENGTH);
    Facts.check("hw_kind", hwKind);
    Facts.check("name", name);
    tags = List.copyOf(tags);
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("enrollment_token", enrollmentToken)
            .put("hardware_id", hardwareId)
            .put("hw_kind", hwKind)
            .put("name", name);
    if (!tags.isEmpty()) {
      json.put("tags", tags);
    }
    facts.addTo(json);
    return json.build();
  }

  public static RegisterRequest fromJson(JsonObject json) {
    return new RegisterRequest(
        secret(json, "enrollment_token"),
        json.has("hardware_id") || !json.has("hw_id")
            ? json.string("hardware_id")
            : json.string("hw_id"),
        json.optString("hw_kind"),
        json.optString("name"),
        json.strings("tags"),
        Facts.fromJson(json));
  }

  /// Without the secret.
  @Override
  public String toString() {
    return "RegisterRequest[hardwareId=" + hardwareId + ", name=" + name + ", tags=" + tags + "]";
  }

  static String secret(JsonObject json, String field) {
    Object value = json.asMap().get(field);
    String text = value instanceof String string ? string : "";
    checkSecret(field, text);
    return text;
  }

  /// Never echoes the value, not even a wrong one.
  static void checkSecret(String field, String value) {
    if (value.isEmpty() || value.length() > Facts.MAX_LENGTH) {
      throw new FieldException(
          field, null, "a string of 1.." + Facts.MAX_LENGTH + " characters, never shown");
    }
  }
}
