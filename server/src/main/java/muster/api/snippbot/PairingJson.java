package muster.api.snippbot;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.device.DeviceFacts;
import muster.enrollment.Machine;
import muster.enrollment.Registered;
import muster.enrollment.Use;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.http.JsonBody;
import muster.http.Reply;
import muster.pairing.PairingCode;
import muster.pairing.Pairings;
import muster.pairing.Proof;
import muster.wire.ClaimReply;
import muster.wire.ClaimRequest;
import muster.wire.Facts;
import muster.wire.FieldException;
import muster.wire.JsonObject;
import org.jspecify.annotations.Nullable;

/// Pairing as JSON.
final class PairingJson {
  private PairingJson() {}

  record Created(String code, String expiresAt, String qrUrl, String id, String pairCmd) {}

  record State(String id, String status, String expiresAt, @Nullable String deviceId) {}

  static Created created(Pairings.Shown shown, String qrUrl, String command) {
    PairingCode pairing = shown.pairing();
    return new Created(shown.code(), Reply.time(pairing.expiresAt()), qrUrl, pairing.id(), command);
  }

  static State state(PairingCode pairing, Instant now) {
    return new State(
        pairing.id(),
        pairing.status(now).word(),
        Reply.time(pairing.expiresAt()),
        pairing.use().map(Use::device).map(Object::toString).orElse(null));
  }

  static ClaimRequest claim(JsonBody body) {
    try {
      return ClaimRequest.fromJson(JsonObject.of(body.asMap()));
    } catch (FieldException e) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()), Map.of("field", e.field()));
    }
  }

  static Proof proof(ClaimRequest request) {
    return request
        .secret()
        .<Proof>map(Proof.Secret::new)
        .orElseGet(() -> new Proof.Code(request.code().orElseThrow()));
  }

  static Machine machine(ClaimRequest request) {
    Facts facts = request.facts();
    return Machine.of(
        request.hardwareId(),
        request.publicKey(),
        request.name(),
        request.tags(),
        new DeviceFacts(
            Optional.empty(),
            facts.agentVersion(),
            facts.hostname(),
            facts.platform(),
            facts.architecture(),
            facts.osVersion(),
            request.capabilities(),
            Optional.empty()));
  }

  static ClaimReply claimed(Registered registered, String webSocketUrl) {
    return new ClaimReply(
        registered.device().id().value(),
        registered.token().text(),
        registered.device().approval().word(),
        webSocketUrl,
        Optional.of(registered.device().name()));
  }
}
