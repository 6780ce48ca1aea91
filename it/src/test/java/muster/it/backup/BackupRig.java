package muster.it.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import muster.backup.Restore;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;

/// What the scenarios of backups do to a server.
final class BackupRig {
  private BackupRig() {}

  static Path backUp(TestMuster muster, Path file) throws IOException {
    TestReply reply = muster.admin().post("/v1/backup", Map.of()).expect(200);
    return Files.write(file, reply.bytes());
  }

  /// Stops the server, puts the backup back, starts it again.
  static Restore.Done restore(TestMuster muster, Path file) {
    muster.stop();
    Restore.Done done = new Restore(muster.data(), muster.clock()).run(file, false);
    muster.startAgain();
    return done;
  }

  static int me(TestMuster muster, String token) {
    return muster.client(token).get("/api/me").status();
  }

  static int login(TestMuster muster, String username, String password) {
    return muster
        .anonymous()
        .post("/api/login", Map.of("username", username, "password", password))
        .status();
  }

  static String user(TestMuster muster, String name, String role) {
    muster
        .admin()
        .post("/api/users", Map.of("username", name, "password", "password-" + name, "role", role))
        .expect(201);
    return "password-" + name;
  }

  static int register(TestMuster muster, String token, String hardware) {
    return muster
        .anonymous()
        .post("/v1/agent/register", Map.of("enrollment_token", token, "hardware_id", hardware))
        .status();
  }

  /// 400 for a device that is let in: it is told that this is no WebSocket handshake.
  static int deviceSocket(TestMuster muster, String token) {
    return muster.client(token).get("/device/ws").status();
  }

  static void requireSoundAudit(TestMuster muster) {
    assertThat(muster.admin().get("/v1/audit/verify").expect(200).json().path("ok").asBoolean())
        .isTrue();
  }
}
