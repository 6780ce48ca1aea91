package muster.it.backup;

import static muster.it.backup.BackupRig.backUp;
import static muster.it.backup.BackupRig.deviceSocket;
import static muster.it.backup.BackupRig.login;
import static muster.it.backup.BackupRig.me;
import static muster.it.backup.BackupRig.register;
import static muster.it.backup.BackupRig.restore;
import static muster.it.backup.BackupRig.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.backup.Restore;
import muster.fault.Fault;
import muster.server.Config;
import muster.server.MusterServer;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestoreTest {
  @TempDir Path directory;

  private TestMuster muster;
  private Path file;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
    file = directory.resolve("backup.zip");
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  @Test
  void restore_bringsBackWhatWasThere_andMovesAsideWhatIs() throws IOException {
    FakeDevice kept = muster.enroll("kept");
    backUp(muster, file);
    FakeDevice later = muster.enroll("later");
    muster.admin().patch("/v1/devices/" + kept.id(), Map.of("name", "renamed")).expect(200);

    Restore.Done done = restore(muster, file);

    String devices = muster.admin().get("/v1/devices").expect(200).body();
    assertThat(devices).contains("\"kept\"").doesNotContain("renamed").doesNotContain("later");
    assertThat(deviceSocket(muster, kept.token())).isEqualTo(400);
    assertThat(deviceSocket(muster, later.token())).isEqualTo(401);
    assertThat(done.ledgerMissing()).isFalse();
    assertThat(Files.list(done.aside().orElseThrow()).map(path -> path.getFileName().toString()))
        .contains("muster.db", "tls");
    BackupRig.requireSoundAudit(muster);
    assertThat(muster.admin().get("/v1/audit?action=server.restore").expect(200).body())
        .contains("backup_of");
  }

  @Test
  void restore_ofAnOlderBackup_revivesNoDeviceKeyUserOrToken() throws IOException {
    FakeDevice deleted = muster.enroll("deleted");
    FakeDevice blocked = muster.enroll("blocked");
    FakeDevice revoked = muster.enroll("revoked");
    FakeDevice kept = muster.enroll("kept");
    String token = muster.enrollmentToken();
    String usedToken = muster.enrollmentToken();
    TestClient key = muster.withRole("admin");
    TestClient keptKey = muster.withRole("viewer");
    String gone = user(muster, "gone", "admin");
    String locked = user(muster, "locked", "admin");
    String changed = user(muster, "changed", "admin");
    String keptUser = user(muster, "stays", "viewer");
    String session =
        muster
            .anonymous()
            .post("/api/login", Map.of("username", "stays", "password", keptUser))
            .expect(200)
            .text("token");
    backUp(muster, file);

    muster.admin().delete("/v1/devices/" + deleted.id()).expect(204);
    muster.admin().post("/api/devices/" + blocked.id() + "/block", Map.of()).expect(200);
    muster.admin().post("/api/devices/" + revoked.id() + "/revoke-token", Map.of()).expect(200);
    String tokenId = token.split("_")[1];
    muster.admin().delete("/v1/devices/enrollment/" + idOf(tokenId)).expect(204);
    assertThat(register(muster, usedToken, "hw-later")).isEqualTo(200);
    muster.admin().delete("/api/auth/keys/key_" + key.token().split("_")[1]).expect(204);
    muster.admin().delete("/api/users/gone").expect(204);
    muster.admin().patch("/api/users/locked", Map.of("disabled", true)).expect(200);
    muster.admin().patch("/api/users/changed", Map.of("password", "another password")).expect(200);
    muster.client(session).post("/api/logout", Map.of()).expect(204);

    Restore.Done done = restore(muster, file);

    assertThat(done.revoked()).isGreaterThanOrEqualTo(10);
    assertThat(deviceSocket(muster, deleted.token())).isEqualTo(401);
    muster.admin().get("/v1/devices/" + deleted.id()).expect(404);
    assertThat(deviceSocket(muster, blocked.token())).isEqualTo(403);
    assertThat(approval(blocked)).isEqualTo("blocked");
    assertThat(deviceSocket(muster, revoked.token())).isEqualTo(401);
    assertThat(approval(revoked)).isEqualTo("revoked");
    assertThat(register(muster, token, "hw-1")).isEqualTo(401);
    assertThat(register(muster, usedToken, "hw-2")).isEqualTo(401);
    assertThat(me(muster, key.token())).isEqualTo(401);
    assertThat(login(muster, "gone", gone)).isEqualTo(401);
    assertThat(login(muster, "locked", locked)).isEqualTo(401);
    assertThat(login(muster, "changed", changed)).isEqualTo(401);
    assertThat(me(muster, session)).isEqualTo(401);
    // And nobody else was hit.
    assertThat(deviceSocket(muster, kept.token())).isEqualTo(400);
    assertThat(me(muster, keptKey.token())).isEqualTo(200);
    assertThat(login(muster, "stays", keptUser)).isEqualTo(200);
    BackupRig.requireSoundAudit(muster);
  }

  private String approval(FakeDevice device) {
    return muster.admin().get("/api/devices/" + device.id()).expect(200).text("status");
  }

  private String idOf(String secretFreePart) {
    for (var token :
        muster.admin().get("/v1/devices/enrollment").expect(200).json().path("tokens")) {
      if (token.path("id").asText().contains(secretFreePart)) {
        return token.path("id").asText();
      }
    }
    throw new AssertionError("no open token " + secretFreePart);
  }

  @Test
  void restore_ofAnEvenOlderBackup_knowsAllRevocations() throws IOException {
    TestClient first = muster.withRole("viewer");
    TestClient second = muster.withRole("viewer");
    backUp(muster, file);
    muster.admin().delete("/api/auth/keys/key_" + first.token().split("_")[1]).expect(204);
    Path newer = backUp(muster, directory.resolve("newer.zip"));
    muster.admin().delete("/api/auth/keys/key_" + second.token().split("_")[1]).expect(204);

    for (Path each : new Path[] {newer, file, newer}) {
      restore(muster, each);
      assertThat(me(muster, first.token())).isEqualTo(401);
      assertThat(me(muster, second.token())).isEqualTo(401);
    }
  }

  @Test
  void handMadeCopyOfTheStore_revivesNobodyEither() throws IOException {
    TestClient key = muster.withRole("viewer");
    muster.stop();
    Path store = muster.data().resolve("server/muster.db");
    Path copy = Files.copy(store, directory.resolve("copy.db"));
    muster.startAgain();
    muster.admin().delete("/api/auth/keys/key_" + key.token().split("_")[1]).expect(204);
    muster.stop();
    Files.delete(store);
    Files.copy(copy, store);
    muster.startAgain();
    assertThat(me(muster, key.token())).isEqualTo(401);
    assertThat(me(muster, muster.adminKey())).isEqualTo(200);
  }

  @Test
  void restore_onAFreshMachine_saysThatRevocationsAreUnknown_andExpiresAllOnRequest()
      throws IOException {
    FakeDevice device = muster.enroll("moved");
    String password = user(muster, "anna", "admin");
    backUp(muster, file);
    Path data = directory.resolve("fresh");

    Restore.Done done = new Restore(data, muster.clock()).run(file, false);
    assertThat(done.ledgerMissing()).isTrue();
    assertThat(done.aside()).isEmpty();

    Restore.Done expired = new Restore(data, muster.clock()).run(file, true);
    String newKey = expired.newKey().orElseThrow().text();
    assertThat(expired.expired()).isGreaterThanOrEqualTo(1);
    try (MusterServer fresh = startOn(data)) {
      TestClient owner = TestClient.of("http://127.0.0.1:" + fresh.port(), newKey);
      owner.get("/api/me").expect(200);
      TestClient old = TestClient.of("http://127.0.0.1:" + fresh.port(), muster.adminKey());
      old.get("/api/me").expect(401);
      // Devices come over with the server.
      TestClient.of("http://127.0.0.1:" + fresh.port(), device.token())
          .get("/device/ws")
          .expect(400);
      old.post("/api/login", Map.of("username", "anna", "password", password)).expect(200);
    }
  }

  private MusterServer startOn(Path data) {
    Config defaults = Config.defaults();
    return MusterServer.start(
        defaults
            .withData(data)
            .withServer(defaults.server().withAddress("127.0.0.1", 0, Optional.empty())),
        muster.clock(),
        Optional.empty());
  }

  @Test
  void restore_ofWaitingCommands_asksTheDevice_andEndsAsLostWhenNobodyKnows() throws IOException {
    FakeDevice device = muster.enroll("away");
    String id =
        muster
            .admin()
            .post(
                "/v1/devices/" + device.id() + "/commands",
                Map.of("tool", "bash", "args", Map.of("argv", new String[] {"true"})))
            .expect(201)
            .text("id");
    backUp(muster, file);
    assertThat(restore(muster, file).unfinished()).isEqualTo(1);
    assertThat(muster.admin().get("/v1/commands/" + id).expect(200).json().path("attempt").asInt())
        .isEqualTo(1);
    muster.clock().advance(Duration.ofDays(2));
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(muster.admin().get("/v1/commands/" + id).expect(200).text("status"))
                .isEqualTo("lost"));
  }

  @Test
  void restore_whileTheServerRuns_isRefused() throws IOException {
    backUp(muster, file);
    assertThatThrownBy(() -> new Restore(muster.data(), muster.clock()).run(file, false))
        .isInstanceOf(Fault.class)
        .hasMessageContaining("in use");
  }

  @Test
  void restore_thatWasInterrupted_keepsTheServerFromStarting_untilItIsRunAgain()
      throws IOException {
    backUp(muster, file);
    muster.stop();
    Files.createFile(muster.data().resolve("server/restore-under-way"));
    assertThatThrownBy(muster::startAgain)
        .isInstanceOf(Fault.class)
        .hasMessageContaining("interrupted");
    new Restore(muster.data(), muster.clock()).run(file, false);
    muster.startAgain();
    muster.admin().get("/api/me").expect(200);
  }
}
