package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.RealAgent;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may have a session, and for how long.
class RemoteRightsTest {
  private static final Map<String, String> ANNA =
      Map.of("username", "anna", "password", "a password for anna", "role", "admin");

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;

  @BeforeAll
  static void start() {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
    agent = RealAgent.start(muster, directory);
  }

  @AfterAll
  static void stop() {
    agent.close();
    muster.close();
  }

  private static Sitting sit(TestClient who) {
    String url =
        who.post("/api/devices/" + agent.device() + "/remote/start", Map.of())
            .expect(201)
            .text("url");
    return Sitting.at(muster, url, Map.of()).awaitText("ready> ");
  }

  private static ProcessHandle shell(Sitting sitting) {
    sitting.type("echo pid:$$\n");
    return ProcessHandle.of(sitting.awaitNumber("pid:")).orElseThrow();
  }

  private static void requireCut(Sitting sitting, ProcessHandle shell) {
    assertThat(sitting.awaitClose()).isEqualTo("4410 the right to it was taken away");
    await().atMost(Duration.ofSeconds(30)).until(() -> !shell.isAlive());
    assertThat(muster.admin().get("/v1/remote").at("sessions")).isEmpty();
  }

  @Test
  @DisplayName("a look at a session's URL that is no handshake does not use its ticket up")
  void plainGet_leavesTheTicket() {
    String url =
        muster
            .admin()
            .post("/api/devices/" + agent.device() + "/remote/start", Map.of())
            .expect(201)
            .text("url");
    assertThat(muster.anonymous().get(url).status()).isBetween(400, 422);
    try (Sitting sitting = Sitting.at(muster, url, Map.of())) {
      sitting.awaitText("ready> ");
    }
  }

  @Test
  @DisplayName("23: who loses the right loses the terminal within a second or so")
  void deletedKey_cutsItsSessions() {
    TestClient gone = muster.withKey(Map.of("name", "gone", "role", "admin"));
    Sitting sitting = sit(gone);
    ProcessHandle shell = shell(sitting);

    muster.admin().delete("/api/auth/keys/key_" + gone.token().split("_")[1]).expect(204);

    requireCut(sitting, shell);
  }

  @Test
  @DisplayName("23: who is given a lower role loses the terminal, and gets no other")
  void loweredRole_cutsItsSessions() {
    muster.admin().post("/api/users", ANNA).expect(201);
    Sitting sitting = sit(logIn());
    ProcessHandle shell = shell(sitting);

    muster.admin().patch("/api/users/anna", Map.of("role", "operator")).expect(200);

    requireCut(sitting, shell);
    logIn().post("/api/devices/" + agent.device() + "/remote/start", Map.of()).expect(403);
  }

  private static TestClient logIn() {
    return muster.client(muster.anonymous().post("/api/login", ANNA).expect(200).text("token"));
  }

  @Test
  @Tag("F051")
  @DisplayName("F051: a device that is away is refused at once, and nothing is on record as begun")
  void offlineDevice_is409() {
    try (FakeDevice away = muster.enroll("away")) {
      TestReply refused = Sitting.start(muster, away.id(), Map.of()).expect(409);

      assertThat(refused.text("error")).isEqualTo("conflict");
      assertThat(refused.text("message")).isEqualTo("device " + away.id() + " is offline");
      assertThat(muster.admin().get("/v1/remote").at("sessions")).isEmpty();
      assertThat(
              muster.admin().get("/v1/audit?action=remote.start&target=" + away.id()).at("entries"))
          .isEmpty();
    }
  }
}
