package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A machine that is known claims a code, again or anew (F034, F036).
class PairingAgainTest extends PairingStory {
  @Test
  @Tag("F034")
  void claim_again_bySameMachineWithinTenMinutes_givesTheSameDeviceAndAnotherToken() {
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    TestReply first = Pairing.claim(muster, code, "hw-lost").expect(200);
    muster.clock().advance(Duration.ofMinutes(9));
    TestReply again = Pairing.claim(muster, code, "hw-lost").expect(200);
    assertThat(again.text("device_id")).isEqualTo(first.text("device_id"));
    assertThat(again.text("status")).isEqualTo("approved");
    Pairing.connect(muster, first.text("token")).expect(401);
    Pairing.connect(muster, again.text("token")).expect(400);
    Pairing.claim(muster, code, "hw-another").expect(404);
    muster.clock().advance(Duration.ofMinutes(1));
    Pairing.claim(muster, code, "hw-lost").expect(404);
  }

  @Test
  @Tag("F034")
  void claim_again_whileTheDeviceIsOnline_isRefused() {
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    TestReply first = Pairing.claim(muster, code, "hw-online").expect(200);
    try (FakeDevice device = Pairing.device(muster, first, "hw-online").connect()) {
      TestReply refused = Pairing.claim(muster, code, "hw-online").expect(409);
      assertThat(refused.text("message")).contains("online");
      assertThat(device.isOpen()).isTrue();
    }
  }

  @Test
  @Tag("F034")
  void claim_again_byAMachineThatWasTurnedAwayMeanwhile_givesNoCredential() {
    for (String step : List.of("deny", "revoke-token", "block")) {
      boolean approved = !step.equals("deny");
      String code = Pairing.create(muster, Map.of("auto_approve", approved)).text("code");
      String id = Pairing.claim(muster, code, "hw-" + step).expect(200).text("device_id");
      Pairing.decide(muster, id, step);
      Pairing.claim(muster, code, "hw-" + step).expect(step.equals("block") ? 403 : 404);
      assertThat(Pairing.audit(muster, "device.register"))
          .filteredOn(row -> row.path("target").asText().equals(id))
          .hasSize(1);
    }
  }

  @Test
  @Tag("F034")
  void claim_withoutAHardwareId_isANewDeviceAndCannotBeRepeated() {
    String code = Pairing.code(muster);
    TestReply first = Pairing.claim(muster, Map.of("code", code)).expect(200);
    Pairing.claim(muster, Map.of("code", code)).expect(404);
    TestReply second = Pairing.claim(muster, Map.of("code", Pairing.code(muster))).expect(200);
    assertThat(second.text("device_id")).isNotEqualTo(first.text("device_id"));
  }

  @Test
  @Tag("F034")
  void claim_withAPublicKeyInstead_isKnownByIt() {
    Map<String, String> machine = Map.of("public_key", "-----BEGIN PUBLIC KEY-----\nMFk\n");
    TestReply first = Pairing.claim(muster, with(machine, Pairing.code(muster))).expect(200);
    TestReply second = Pairing.claim(muster, with(machine, Pairing.code(muster))).expect(200);
    assertThat(second.text("device_id")).isEqualTo(first.text("device_id"));
    Pairing.connect(muster, first.text("token")).expect(401);
  }

  private static Map<String, String> with(Map<String, String> machine, String code) {
    Map<String, String> body = new HashMap<>(machine);
    body.put("code", code);
    return body;
  }

  @Test
  @Tag("F034")
  void repair_ofAKnownMachine_keepsTheIdAndKillsTheOldToken() throws Exception {
    String hardware = "hw-again";
    TestReply first = Pairing.claim(muster, Pairing.code(muster), hardware).expect(200);
    String id = first.text("device_id");
    TestReply second = Pairing.claim(muster, Pairing.code(muster), hardware).expect(200);
    assertThat(second.text("device_id")).isEqualTo(id);
    Pairing.connect(muster, first.text("token")).expect(401);

    for (List<String> turnedAway : List.of(List.of("deny"), List.of("approve", "revoke-token"))) {
      turnedAway.forEach(step -> Pairing.decide(muster, id, step));
      assertThat(Pairing.claim(muster, Pairing.code(muster), hardware).expect(200).text("status"))
          .isEqualTo("pending");
    }
    Pairing.decide(muster, id, "approve");
    Pairing.decide(muster, id, "revoke-token");
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    assertThat(Pairing.claim(muster, code, hardware).expect(200).text("status"))
        .isEqualTo("approved");
  }

  @Test
  @Tag("F034")
  void claim_namingAnApprovedMachineThatIsAway_waitsForApprovalAgain() {
    FakeDevice device = muster.enroll("prod-db");
    TestReply claimed =
        Pairing.claim(muster, Pairing.code(muster), device.hardwareId()).expect(200);
    assertThat(claimed.text("device_id")).isEqualTo(device.id());
    assertThat(claimed.text("status")).isEqualTo("pending");
    Pairing.connect(muster, claimed.text("token")).expect(403);
    Pairing.decide(muster, device.id(), "approve");
    Pairing.connect(muster, claimed.text("token")).expect(400);
  }

  @Test
  @Tag("F034")
  @Tag("F036")
  void autoApprove_bySetting_undoesNothingThatPeopleDecided() {
    for (List<String> steps : List.of(List.<String>of(), List.of("revoke-token"))) {
      String hardware = "hw-decided-" + steps.size();
      assertThat(claimed(hardware, "linux", "lab", Map.of())).isEqualTo("approved");
      String id = known(hardware);
      steps.forEach(step -> Pairing.decide(muster, id, step));
      assertThat(claimed(hardware, "linux", "lab", Map.of())).isEqualTo("pending");
      assertThat(known(hardware)).isEqualTo(id);
      assertThat(claimed(hardware, "linux", "lab", Map.of("auto_approve", true)))
          .isEqualTo("approved");
    }
  }

  @Test
  @Tag("F034")
  void claim_byADeniedMachine_asksAgain_whateverTheCodeSays() {
    String hardware = "hw-denied";
    String id = Pairing.claim(muster, Pairing.code(muster), hardware).expect(200).text("device_id");
    Pairing.decide(muster, id, "deny");
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    TestReply claimed = Pairing.claim(muster, code, hardware).expect(200);
    assertThat(claimed.text("device_id")).isEqualTo(id);
    assertThat(claimed.text("status")).isEqualTo("pending");
    assertThat(auto()).isEqualTo("no");
  }

  private static String known(String hardware) {
    return muster
        .admin()
        .get("/v1/devices?filter=hardware_id:" + hardware)
        .expect(200)
        .at("/devices/0/id")
        .asText();
  }
}
