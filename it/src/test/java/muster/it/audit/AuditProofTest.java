package muster.it.audit;

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
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What nobody may do to the log unnoticed: with the server, with its files, and with an export.
class AuditProofTest {
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private Path anchor() {
    return muster.data().resolve("server/audit.head");
  }

  private TestReply verified() {
    return muster.admin().get("/v1/audit/verify").expect(200);
  }

  private String head() {
    TestReply verified = verified();
    return verified.text("checked") + ":" + verified.text("head");
  }

  private List<String> actions() {
    return muster.admin().get("/v1/audit").expect(200).at("entries").findValuesAsText("action");
  }

  private void tamper(String... statements) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("drop trigger audit_no_update");
      statement.execute("drop trigger audit_no_delete");
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Test
  void headBesideTheStore_isTheLastRow_andPrivate() throws IOException {
    for (int i = 0; i < 3; i++) {
      muster.enrollmentToken();
      assertThat(anchor()).hasContent("%019d:%s".formatted(i + 3, verified().text("head")));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(anchor())))
        .isEqualTo("rw-------");
    muster.restart();
    assertThat(verified().at("ok").asBoolean()).isTrue();
    assertThat(actions()).hasSize(7).doesNotContain("audit.anchor", "audit.broken");
  }

  @Test
  @DisplayName("69: rows removed from the end are noticed at the next start, and stay noticed")
  void truncation_isNoticed() throws Exception {
    for (int i = 0; i < 5; i++) {
      muster.enrollmentToken();
    }
    muster.stop();
    String head = Files.readString(anchor()).replaceFirst("^0+", "").strip();
    tamper("delete from audit where seq > 4");

    Program offline =
        Program.run(
            "muster.server.Main", Map.of(), "audit", "verify", "--data", muster.data().toString());
    assertThat(offline.exit()).isEqualTo(1);
    assertThat(offline.fact("first_bad")).isEqualTo("5");
    assertThat(offline.fact("problem"))
        .isEqualTo("rows 5 to 8 are gone: " + head + " was noted as the head");

    muster.startAgain();
    JsonNode broken = muster.admin().get("/v1/audit?action=audit.broken").at("/entries/0");
    assertThat(broken.path("seq").asLong()).isEqualTo(5);
    assertThat(broken.path("actor").asText()).isEqualTo("server");
    assertThat(broken.path("detail").path("noted").asText()).isEqualTo(head);
    assertThat(broken.path("detail").path("found").asText()).startsWith("4:");

    // However far the log grows again, and over however many starts.
    for (int i = 0; i < 5; i++) {
      muster.enrollmentToken();
    }
    muster.restart();
    TestReply verified = verified();
    assertThat(verified.at("ok").asBoolean()).isFalse();
    assertThat(verified.at("first_bad").asLong()).isEqualTo(8);
    assertThat(verified.text("problem")).contains("row 8 is not the one that was noted as " + head);
    assertThat(actions()).containsOnlyOnce("audit.broken");
  }

  @Test
  void logWrittenAnewWithGoodHashes_isNoticed() throws Exception {
    try (TestMuster other = TestMuster.start()) {
      for (int i = 0; i < 3; i++) {
        muster.enrollmentToken();
        other.enrollmentToken();
      }
      String noted = head();
      muster.stop();
      other.stop();
      // Another installation's log is whole in itself.
      tamper(
          "attach '" + other.data().resolve("server/muster.db") + "' as other",
          "delete from audit",
          "insert into audit select * from other.audit");
      muster.startAgain();
      assertThat(actions()).contains("audit.broken");
      assertThat(verified().at("first_bad").asLong()).isEqualTo(6);

      // With the head beside the store gone too, only one that was noted elsewhere shows it.
      muster.stop();
      Files.delete(anchor());
      muster.startAgain();
      assertThat(actions()).contains("audit.anchor");
      assertThat(verified().at("ok").asBoolean()).isTrue();
      TestReply against = muster.admin().get("/v1/audit/verify?head=" + noted).expect(200);
      assertThat(against.at("ok").asBoolean()).isFalse();
      assertThat(against.at("first_bad").asLong()).isEqualTo(5);
    }
  }

  @Test
  void headBesideTheStore_unreadable_isOnRecordAndMadeAnew() throws IOException {
    muster.stop();
    Files.writeString(anchor(), "\u0000nonsense\n\n");
    muster.startAgain();
    assertThat(actions()).startsWith("server.start", "audit.anchor");
    muster.restart();
    assertThat(actions()).containsOnlyOnce("audit.anchor");
    assertThat(verified().at("ok").asBoolean()).isTrue();
  }

  @Test
  void verify_againstANotedHead() {
    String head = head();
    muster.enrollmentToken();
    String path = "/v1/audit/verify?head=";
    assertThat(muster.admin().get(path + head).expect(200).at("ok").asBoolean()).isTrue();
    String later = "7" + head.substring(1);
    assertThat(muster.admin().get(path + later).expect(200).text("problem"))
        .startsWith("rows 4 to 7 are gone");
    for (String bad : List.of("1", "x:y", "0:" + "0".repeat(64), "1:" + "g".repeat(64))) {
      assertThat(muster.admin().get(path + bad).expect(400).text("detail")).startsWith("head: ");
    }
  }

  @Test
  @DisplayName("69: an export is verified by a program that never saw the server")
  void export_provesItself(@TempDir Path directory) throws Exception {
    for (String name :
        List.of(
            "", "x\n[audit] ok", "\u001b[2K\r", "\"},{\"", "\u202e😀ü", "a\u0000b", "\\ud800")) {
      muster.anonymous().post("/api/login", Map.of("username", name, "password", "wrong"));
    }
    muster
        .anonymous()
        .post("/api/login", "{\"username\":\"\\ud800\",\"password\":\"a lone surrogate\"}");
    try (FakeDevice device = FakeDevice.enroll(muster, "web ü😀 1", "hw\n[audit]\u2028")) {
      muster
          .admin()
          .patch("/v1/devices/" + device.id(), Map.of("name", "<b>\"'&amp;", "tags", List.of()))
          .expect(200);
    }
    Path file = directory.resolve("audit.jsonl");
    Program export =
        Program.run(
            "muster.cli.Muster",
            Map.of("MUSTER_SERVER", muster.url().toString(), "MUSTER_TOKEN", muster.adminKey()),
            "audit",
            "export",
            file.toString());
    assertThat(export.exit()).as(export.out()).isZero();
    assertThat(export.fact("head")).isEqualTo(head());

    Program whole = verify(file, export.fact("head"));
    assertThat(whole.exit()).as(whole.out()).isZero();
    assertThat(whole.fact("checked")).isEqualTo(verified().text("checked"));

    Files.writeString(file, Files.readString(file).replaceFirst(Pattern.quote("web ü"), "wcb ü"));
    Program changed = verify(file, export.fact("head"));
    assertThat(changed.exit()).isEqualTo(1);
    assertThat(changed.fact("first_bad")).matches("[0-9]+");
  }

  private static Program verify(Path file, String head) throws Exception {
    return Program.run(
        "muster.cli.Muster",
        Map.of("MUSTER_HOME", "/nonexistent"),
        "audit",
        "verify",
        file.toString(),
        "--head",
        head);
  }
}
