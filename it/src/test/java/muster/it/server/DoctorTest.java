package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import muster.doctor.Examination;
import muster.doctor.Finding;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DoctorTest {
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private Map<String, String> online() {
    Map<String, String> found = new TreeMap<>();
    for (JsonNode each : muster.admin().get("/v1/doctor").expect(200).json().path("checks")) {
      found.put(each.path("check").asText(), each.path("status").asText());
    }
    return found;
  }

  private Map<String, String> offline(Instant now) {
    Map<String, String> found = new TreeMap<>();
    for (Finding each : Examination.ofDirectory(muster.data(), now, 10)) {
      found.put(each.check(), each.status().word());
      assertThat(each.advice().isEmpty()).isEqualTo(each.status() == Finding.Status.OK);
    }
    return found;
  }

  @Test
  void soundServer_isWell_exceptThatItWasNeverSaved() {
    assertThat(online())
        .containsEntry("writes", "ok")
        .containsEntry("store", "ok")
        .containsEntry("audit", "ok")
        .containsEntry("revocations", "ok")
        .containsEntry("certificate", "ok")
        .containsEntry("backup", "warn");
    muster.admin().post("/v1/backup", Map.of()).expect(200);
    assertThat(online()).containsEntry("backup", "ok");
    muster.clock().advance(Duration.ofDays(8));
    assertThat(online()).containsEntry("backup", "warn");
  }

  @Test
  void doctor_ofARunningServersDirectory_changesNothingAndFindsIt() {
    assertThat(offline(Instant.now()))
        .doesNotContainValue("FAIL")
        .containsEntry("store", "ok")
        .containsEntry("audit", "ok");
    muster.admin().get("/api/me").expect(200);
    muster.stop();
    assertThat(offline(Instant.now())).doesNotContainValue("FAIL");
    muster.startAgain();
  }

  @Test
  void eachThingThatIsWrong_isFound() throws IOException {
    muster.stop();
    Path server = muster.data().resolve("server");
    byte[] store = Files.readAllBytes(server.resolve("muster.db"));
    Instant now = Instant.now();

    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(offline(now)).containsEntry("directory", "FAIL");
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwx------"));

    assertThat(offline(now.plus(Duration.ofDays(350)))).containsEntry("certificate", "warn");
    assertThat(offline(now.plus(Duration.ofDays(370)))).containsEntry("certificate", "FAIL");
    assertThat(offline(now.minus(Duration.ofDays(1)))).containsEntry("clock", "FAIL");

    byte[] cut = java.util.Arrays.copyOf(store, store.length / 2);
    Files.write(server.resolve("muster.db"), cut);
    assertThat(offline(now)).containsEntry("store", "FAIL");
    Files.write(server.resolve("muster.db"), store);

    Path ledger = server.resolve("revocations.log");
    String lines = Files.readString(ledger);
    Files.writeString(ledger, lines + "1 credential key_x 00000000\n");
    assertThat(offline(now)).containsEntry("revocations", "FAIL");
    Files.writeString(ledger, lines);
    assertThat(offline(now)).doesNotContainValue("FAIL");
    muster.startAgain();
  }

  @Test
  void changedAuditLog_isFoundInTheFiles() throws SQLException {
    muster.enrollmentToken();
    muster.stop();
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("drop trigger audit_no_update");
      statement.execute("update audit set actor = 'key:nobody' where seq = 3");
    }
    assertThat(Examination.ofDirectory(muster.data(), Instant.now(), 10))
        .filteredOn(each -> each.check().equals("audit"))
        .singleElement()
        .satisfies(each -> {
          assertThat(each.status()).isEqualTo(Finding.Status.FAIL);
          assertThat(each.what()).contains("breaks at entry 3: row 3 was changed");
        });
    muster.startAgain();
  }

  @Test
  void metrics_tellWhatHurts() {
    FakeDevice device = muster.enroll("waiting");
    muster
        .admin()
        .post(
            "/v1/devices/" + device.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("argv", new String[] {"true"})))
        .expect(201);
    muster.clock().advance(Duration.ofMinutes(10));
    String metrics = muster.admin().get("/metrics").expect(200).body();
    assertThat(metrics)
        .containsPattern("muster_commands\\{status=\"queued\"} 1(\\.0)?\n")
        .containsPattern("muster_commands_oldest_queued_seconds 6\\d\\d\\.")
        .containsPattern("muster_devices\\{state=\"offline\"} 1(\\.0)?\n")
        .containsPattern("muster_store_commit_seconds_bucket\\{le=\"0.05\"} [1-9]")
        .containsPattern("muster_store_batch_writes_bucket\\{le=\"1.0\"} [1-9]")
        .containsPattern("muster_store_bytes [1-9]")
        .containsPattern("muster_disk_free_bytes [1-9]")
        .contains("muster_store_full 0")
        .contains("muster_backup_age_seconds NaN")
        .contains("jvm_memory_used_bytes");
  }
}
