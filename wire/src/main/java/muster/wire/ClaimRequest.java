package muster.wire;

import java.util.List;
import java.util.Optional;

/// The body of `POST /api/devices/pair/claim`: a pairing code, or the secret of its QR, for a
/// device credential. Asked again with the same proof and `hardware_id` within 10 minutes it yields
/// the same device. Fields that are not named here are ignored.
///
/// @param code the six digits; may be absent where there is a secret
/// @param secret of the QR; wins over the code
/// @param hardwareId `hardware_id`, opaque, 1..255 characters, stable for this machine; a label,
///   not a proof. Absent: the machine is a new device each time
/// @param publicKey `public_key`, which tells a machine that names no `hardware_id` from others
/// @param name wished for; made unique with a suffix
/// @param tags wished for; absent means none
/// @param capabilities the tools the agent has; absent means none
public record ClaimRequest(
    Optional<String> code,
    Optional<String> secret,
    Optional<String> hardwareId,
    Optional<String> publicKey,
    Optional<String> name,
    List<String> tags,
    List<String> capabilities,
    Facts facts) {
  private static final int MAX_PUBLIC_KEY = 4096;

  public ClaimRequest {
    if (code.isEmpty() && secret.isEmpty()) {
      throw new FieldException("code", null, "the six digits that the server shows");
    }
    code.ifPresent(text -> RegisterRequest.checkSecret("code", text));
    secret.ifPresent(text -> RegisterRequest.checkSecret("secret", text));
    hardwareId.ifPresent(text -> Check.text("hardware_id", text, Facts.MAX_LENGTH));
    publicKey.ifPresent(text -> Check.text("public_key", text, MAX_PUBLIC_KEY));
    Facts.check("name", name);
    tags = List.copyOf(tags);
    capabilities = Hello.checkedCapabilities(capabilities);
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("code", code)
            .put("secret", secret)
            .put("hardware_id", hardwareId)
            .put("public_key", publicKey)
            .put("name", name);
    if (!tags.isEmpty()) {
      json.put("tags", tags);
    }
    if (!capabilities.isEmpty()) {
      json.put("capabilities", capabilities);
    }
    facts.addTo(json);
    return json.build();
  }

  public static ClaimRequest fromJson(JsonObject json) {
    return new ClaimRequest(
        optSecret(json, "code"),
        optSecret(json, "secret"),
        json.optString("hardware_id"),
        json.optString("public_key"),
        json.optString("name"),
        json.strings("tags"),
        json.strings("capabilities"),
        Facts.fromJson(json));
  }

  private static Optional<String> optSecret(JsonObject json, String field) {
    return json.has(field) ? Optional.of(RegisterRequest.secret(json, field)) : Optional.empty();
  }

  /// Without the secrets.
  @Override
  public String toString() {
    return "ClaimRequest[hardwareId=" + hardwareId + ", name=" + name + ", tags=" + tags + "]";
  }
}
