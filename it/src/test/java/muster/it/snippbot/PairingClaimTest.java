package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muster.testkit.FakeDevice;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A machine claims a code (F034, F036).
class PairingClaimTest extends PairingStory {
  @Test
  @Tag("F034")
  void claim_goodCode_givesADeviceThatWaitsForApproval() {
    String code = Pairing.code(muster);
    TestReply reply =
        Pairing.claim(
                muster,
                Map.of(
                    "code", code,
                    "hardware_id", "hw-pending",
                    "hostname", "bench-1",
                    "platform", "linux",
                    "architecture", "x86_64",
                    "os_version", "Debian 12",
                    "agent_version", "0.1.0",
                    "capabilities", List.of("bash", "filesystem")))
            .expect(200);
    assertThat(reply.text("status")).isEqualTo("pending");
    assertThat(reply.at("approved").isBoolean()).isTrue();
    assertThat(reply.at("approved").asBoolean()).isFalse();
    assertThat(reply.text("ws_url"))
        .isEqualTo("ws://127.0.0.1:%d/device/ws".formatted(muster.port()));
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");

    TestReply device = muster.admin().get("/v1/devices/" + reply.text("device_id")).expect(200);
    assertThat(device.text("name")).isEqualTo("bench-1");
    assertThat(device.text("approval")).isEqualTo("pending");
    assertThat(device.text("platform")).isEqualTo("linux");
    assertThat(device.at("capabilities").toString()).isEqualTo("[\"bash\",\"filesystem\"]");

    JsonNode row = Pairing.audit(muster, "device.register").getFirst();
    assertThat(row.path("target").asText()).isEqualTo(reply.text("device_id"));
    assertThat(row.path("surface").asText()).isEqualTo("snippbot");
    assertThat(row.path("detail").path("how").asText()).isEqualTo("code");
    assertThat(row.path("detail").path("auto").asText()).isEqualTo("no");
    assertThat(row.path("detail").path("approval").asText()).isEqualTo("pending");
  }

  @Test
  @Tag("F034")
  void pending_itMayNotConnect_andIsToldToComeBackSoon() {
    TestReply claimed = Pairing.claim(muster, Pairing.code(muster), "hw-waits").expect(200);
    TestReply refused = Pairing.connect(muster, claimed.text("token")).expect(403);
    assertThat(refused.text("detail")).endsWith("is pending");
    assertThat(refused.header("Retry-After")).isEqualTo("15");
  }

  @Test
  @Tag("F034")
  void blocked_isToldToComeBackSoon_asTheBlockMayBeLifted() throws Exception {
    TestReply claimed = Pairing.claim(muster, Pairing.code(muster), "hw-turned-away").expect(200);
    Pairing.decide(muster, claimed.text("device_id"), "block");
    TestReply refused = Pairing.connect(muster, claimed.text("token")).expect(403);
    assertThat(refused.header("Retry-After")).isEqualTo("15");
  }

  @Test
  @Tag("F036")
  void autoApprove_ofTheCode_letsTheDeviceConnectAtOnce() {
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    TestReply claimed = Pairing.claim(muster, code, "hw-auto").expect(200);
    assertThat(claimed.text("status")).isEqualTo("approved");
    assertThat(claimed.at("approved").asBoolean()).isTrue();
    try (FakeDevice device = Pairing.device(muster, claimed, "hw-auto").connect()) {
      assertThat(muster.admin().get("/v1/devices/" + device.id()).text("status"))
          .isEqualTo("online");
    }
    assertThat(auto()).isEqualTo("code");
  }

  @Test
  @Tag("F036")
  void autoApprove_bySetting_isForThoseItsFilterMatches() {
    assertThat(claimed("hw-lab", "linux", "lab", Map.of())).isEqualTo("approved");
    assertThat(auto()).isEqualTo("setting");
    assertThat(claimed("hw-shop", "linux", "shop", Map.of())).isEqualTo("pending");
    assertThat(auto()).isEqualTo("no");
    assertThat(claimed("hw-windows", "windows", "lab", Map.of())).isEqualTo("pending");
  }

  @Test
  @Tag("F036")
  void autoApprove_ofTheCode_winsOverTheSetting() {
    assertThat(claimed("hw-lab-2", "linux", "lab", Map.of("auto_approve", false)))
        .isEqualTo("pending");
  }

  @Test
  @Tag("F034")
  void claim_byABlockedMachine_isForbiddenAndLeavesTheCode() throws Exception {
    TestReply first = Pairing.claim(muster, Pairing.code(muster), "hw-blocked").expect(200);
    Pairing.decide(muster, first.text("device_id"), "block");
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    TestReply refused = Pairing.claim(muster, code, "hw-blocked").expect(403);
    assertThat(refused.text("error")).isEqualTo("forbidden");
    assertThat(Pairing.approval(muster, first.text("device_id"))).isEqualTo("blocked");
    Pairing.claim(muster, code, "hw-not-blocked").expect(200);
  }

  @Test
  @Tag("F034")
  void claim_forAMachineThatIsOnline_isAConflictAndLeavesTheCode() {
    try (FakeDevice online = muster.enroll("online").connect()) {
      String code = Pairing.code(muster);
      TestReply refused = Pairing.claim(muster, code, online.hardwareId()).expect(409);
      assertThat(refused.text("error")).isEqualTo("conflict");
      Pairing.connect(muster, online.token()).expect(400);
      Pairing.claim(muster, code, "hw-offline").expect(200);
    }
  }

  @Test
  @Tag("F034")
  void claim_manyMachinesAtOnce_exactlyOneWins() throws Exception {
    String code = Pairing.code(muster);
    List<Callable<Integer>> machines = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String hardware = "hw-race-" + i;
      machines.add(() -> Pairing.claim(muster, code, hardware).status());
    }
    List<Integer> statuses = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Integer> status : threads.invokeAll(machines)) {
        statuses.add(status.get());
      }
    }
    assertThat(statuses).containsExactlyInAnyOrder(200, 404, 404, 404, 404);
    assertThat(
            muster
                .admin()
                .get("/v1/devices?filter=hardware_id:hw-race-*")
                .expect(200)
                .at("devices"))
        .hasSize(1);
  }

  @Test
  @Tag("F034")
  void claim_withMoreFieldsThanAreKnown_isTaken() {
    Pairing.claim(
            muster,
            Map.of(
                "code",
                Pairing.code(muster),
                "hardware_id",
                "hw-future",
                "screen",
                Map.of("width", 1920)))
        .expect(200);
  }

  @Test
  @Tag("F034")
  void claim_withAWrongField_namesItAndLeavesTheCode() {
    String code = Pairing.code(muster);
    for (Map<String, ?> wrong :
        List.of(
            Map.of("code", code, "hardware_id", 5),
            Map.of("code", code, "hardware_id", ""),
            Map.of("code", code, "hostname", "x".repeat(256)),
            Map.of("code", code, "tags", "lab"),
            Map.of("hardware_id", "hw-1"))) {
      TestReply refused = Pairing.claim(muster, wrong).expect(422);
      assertThat(refused.text("error")).isEqualTo("validation_error");
      assertThat(refused.body()).doesNotContain(code);
    }
    Pairing.claim(muster, code, "hw-in-the-end").expect(200);
  }

  @Test
  @Tag("F031")
  @Tag("F033")
  void secretOfTheQr_isEnoughByItself() throws IOException {
    Pairing.create(muster);
    String qr = Qr.ofPng(muster.admin().get(Pairing.PATH + "/qr").expect(200).bytes());
    String secret = Qr.field(qr, "secret");
    String guessed = (secret.startsWith("A") ? "B" : "A") + secret.substring(1);
    Pairing.claim(muster, Map.of("secret", guessed, "hardware_id", "hw")).expect(404);
    Pairing.claim(muster, Map.of("secret", secret + "A", "hardware_id", "hw")).expect(404);
    Pairing.claim(muster, Map.of("secret", secret, "hardware_id", "hw-scanned")).expect(200);
    Pairing.claim(muster, Map.of("secret", secret, "hardware_id", "hw-late")).expect(404);
    Pairing.claim(muster, Qr.field(qr, "code"), "hw-late").expect(404);
  }

  @Test
  @Tag("F031")
  void unknownExpiredUsedAndPushedOut_areAnsweredAlike() {
    String expired = Pairing.code(muster);
    muster.clock().advance(Duration.ofMinutes(5));
    String used = Pairing.code(muster);
    Pairing.claim(muster, used, "hw-first").expect(200);
    TestReply unknown = Pairing.claim(muster, Pairing.wrong(expired, used), "hw-x").expect(404);
    assertThat(unknown.text("error")).isEqualTo("not_found");
    for (String code : List.of(expired, used, "12345", "1234567", "abcdef")) {
      muster.clock().advance(Duration.ofSeconds(61));
      TestReply reply = Pairing.claim(muster, code, "hw-x");
      assertThat(Pairing.shape(reply)).isEqualTo(Pairing.shape(unknown));
    }
  }

  @Test
  @Tag("F030")
  @Tag("F034")
  void restart_leavesCodeAndQrAsTheyWere() throws IOException {
    String code = Pairing.code(muster);
    byte[] qr = muster.admin().get(Pairing.PATH + "/qr").expect(200).bytes();
    muster.restart();
    assertThat(muster.admin().get(Pairing.PATH + "/qr").expect(200).bytes()).isEqualTo(qr);
    TestReply claimed = Pairing.claim(muster, code, "hw-restart").expect(200);
    muster.restart();
    Pairing.claim(muster, code, "hw-other").expect(404);
    assertThat(Pairing.claim(muster, code, "hw-restart").expect(200).text("device_id"))
        .isEqualTo(claimed.text("device_id"));
  }
}
