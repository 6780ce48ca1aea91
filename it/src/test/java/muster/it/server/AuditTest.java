package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.audit.Audit;
import muster.audit.AuditQuery;
import muster.auth.Caller;
import muster.store.SqlAuditStore;
import muster.store.SqliteDatabase;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AuditTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static JsonNode entries(String query) {
    return muster.admin().get("/v1/audit" + query).expect(200).at("entries");
  }

  private static List<String> actions(String query) {
    List<String> actions = new ArrayList<>();
    entries(query).forEach(entry -> actions.add(entry.path("action").asText()));
    return actions;
  }

  @Test
  void deeds_areOnRecordWithTheirDoer() {
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "doer", "role", "admin")).expect(201);
    TestClient doer = muster.client(key.text("key"));
    TestReply enrollment =
        doer.post("/v1/devices/enrollment", Map.of("suggested_name", "audited")).expect(200);
    String device =
        muster
            .anonymous()
            .post(
                "/v1/agent/register",
                Map.of("enrollment_token", enrollment.text("token"), "hardware_id", "audited"))
            .expect(200)
            .text("device_id");
    doer.patch("/v1/devices/" + device, Map.of("name", "renamed")).expect(200);
    TestReply executed =
        doer.post(
                "/v1/devices/" + device + "/commands",
                Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
            .expect(201);
    doer.post("/v1/commands/" + executed.text("id") + "/cancel", Map.of()).expect(200);
    TestReply deleted = doer.delete("/v1/devices/" + device).expect(204);

    assertThat(actions("?actor=key:doer"))
        .containsExactly(
            "device.delete",
            "command.cancel",
            "command.execute",
            "device.update",
            "enrollment.create");
    assertThat(actions("?target=" + device))
        .containsExactly("device.delete", "command.execute", "device.update", "device.register");
    JsonNode last = entries("?actor=key:doer&limit=1").get(0);
    assertThat(last.path("actor_id").asText()).isEqualTo("key:" + key.text("id"));
    assertThat(last.path("target").asText()).isEqualTo(device);
    assertThat(last.path("outcome").asText()).isEqualTo("ok");
    assertThat(last.path("surface").asText()).isEqualTo("kvmfleet");
    assertThat(last.path("address").asText()).isEqualTo("127.0.0.1");
    assertThat(last.path("request_id").asText()).isEqualTo(deleted.header("x-request-id"));
    assertThat(last.path("detail").path("name").asText()).isEqualTo("renamed");
    assertThat(last.path("hash").asText()).matches("[0-9a-f]{64}");
    // By the key's id too, which no other key ever has.
    assertThat(actions("?actor=key:" + key.text("id"))).hasSize(5);
  }

  @Test
  void execute_theWordsOfTheCommandLineStayApart() {
    String device;
    try (FakeDevice enrolled = muster.enroll("words")) {
      device = enrolled.id();
    }
    muster
        .admin()
        .post(
            "/v1/devices/" + device + "/commands",
            Map.of(
                "tool",
                "bash",
                "args",
                Map.of("argv", List.of("sh", "-c", "echo 'a b'; exit 3", "", "/tmp/x"))))
        .expect(201);

    assertThat(entries("?target=" + device).get(0).path("detail").path("args").asText())
        .isEqualTo("sh -c 'echo '\\''a b'\\''; exit 3' '' /tmp/x");
  }

  @Test
  void accounts_areOnRecord() {
    Map<String, String> user =
        Map.of("username", "anna", "password", "correct horse", "role", "viewer");
    muster.admin().post("/api/users", user).expect(201);
    Map<String, String> wrong = Map.of("username", "anna", "password", "wrong horse");
    TestReply refused = muster.anonymous().post("/api/login", wrong).expect(401);
    String token = muster.anonymous().post("/api/login", user).expect(200).text("token");
    muster.client(token).post("/api/logout", Map.of()).expect(204);
    muster.admin().delete("/api/users/anna").expect(204);
    assertThat(actions("?target=anna"))
        .containsExactly("user.delete", "logout", "login", "login", "user.create");
    assertThat(actions("?actor=user:anna")).containsExactly("logout", "login");
    JsonNode denied = entries("?target=anna&action=login").get(1);
    assertThat(denied.path("outcome").asText()).isEqualTo("denied");
    assertThat(denied.path("actor").asText()).isEqualTo("anonymous");
    assertThat(denied.path("request_id").asText()).isEqualTo(refused.header("x-request-id"));
    assertThat(muster.admin().get("/v1/audit").body())
        .doesNotContain("correct horse", "wrong horse", token);
  }

  @Test
  void startsAndStops_areOnRecord() {
    try (TestMuster own = TestMuster.start()) {
      own.restart();
      JsonNode rows = own.admin().get("/v1/audit?action=server.*").expect(200).at("entries");
      assertThat(rows.findValuesAsText("action"))
          .containsExactly("server.start", "server.stop", "server.start");
      for (JsonNode row : rows) {
        assertThat(row.path("actor").asText()).isEqualTo("server");
        assertThat(row.path("detail").path("version").asText())
            .isEqualTo(own.admin().get("/v1/server").text("version"));
      }
    }
  }

  @Test
  void refusedWrites_areOnRecordTenAMinute() {
    TestClient viewer = muster.withKey(Map.of("name", "curious", "role", "viewer"));
    TestReply refused = viewer.delete("/v1/devices/dev_1").expect(403);
    JsonNode entry = entries("?actor=key:curious").get(0);
    assertThat(entry.path("action").asText()).isEqualTo("request");
    assertThat(entry.path("outcome").asText()).isEqualTo("denied");
    assertThat(entry.path("target").asText()).isEqualTo("/v1/devices/dev_1");
    assertThat(entry.path("detail").path("method").asText()).isEqualTo("DELETE");
    assertThat(entry.path("detail").path("reason").asText()).contains("device:delete");
    assertThat(entry.path("request_id").asText()).isEqualTo(refused.header("x-request-id"));

    viewer.get("/v1/audit").expect(403); // a read does no harm
    muster.anonymous().delete("/v1/devices/dev_1").expect(401); // and a stranger has no name
    assertThat(entries("?actor=key:curious")).hasSize(1);
    for (int i = 0; i < 50; i++) {
      viewer.delete("/v1/devices/dev_" + i).expect(403);
    }
    assertThat(entries("?actor=key:curious").size()).isBetween(10, 12);
    muster.clock().advance(Duration.ofMinutes(1));
    int before = entries("?actor=key:curious").size();
    viewer.delete("/v1/devices/dev_1").expect(403);
    assertThat(entries("?actor=key:curious")).hasSize(before + 1);
  }

  @Test
  void filters_narrowTheLog() {
    String from = muster.clock().instant().toString();
    muster.clock().advance(Duration.ofHours(1));
    muster.enrollmentToken();
    muster.withRole("viewer");
    muster.clock().advance(Duration.ofHours(1));
    String until = muster.clock().instant().toString();
    muster.clock().advance(Duration.ofHours(1));
    muster.enrollmentToken();
    String span = "since=" + encoded(from) + "&until=" + encoded(until);
    assertThat(actions("?" + span)).containsExactly("key.create", "enrollment.create");
    assertThat(actions("?action=enrollment.*&" + span)).containsExactly("enrollment.create");
    assertThat(actions("?action=enrollment&" + span)).isEmpty();
    assertThat(actions("?action=%25&" + span)).isEmpty();
    assertThat(actions("?actor=nobody")).isEmpty();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void pages_leadThroughTheWholeLogOnce() {
    for (int i = 0; i < 10; i++) {
      muster.enrollmentToken();
    }
    List<Long> all = seqs(muster.admin().get("/v1/audit?limit=1000"));
    List<Long> paged = new ArrayList<>();
    String query = "?limit=3";
    while (true) {
      TestReply page = muster.admin().get("/v1/audit" + query).expect(200);
      paged.addAll(seqs(page));
      if (!page.json().has("next_cursor")) {
        break;
      }
      query = "?limit=3&cursor=" + page.text("next_cursor");
    }
    assertThat(paged).isEqualTo(all).doesNotHaveDuplicates();
    assertThat(all.getLast()).isEqualTo(1);
    assertThat(all.getFirst()).isEqualTo(all.size());
  }

  private static List<Long> seqs(TestReply reply) {
    List<Long> seqs = new ArrayList<>();
    reply.at("entries").forEach(entry -> seqs.add(entry.path("seq").asLong()));
    return seqs;
  }

  /// What somebody with the file in hand may do to row 3, and where it shows first.
  record Tampering(String what, String sql, long firstBad) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Tampering> tamperings() {
    return Stream.of(
        new Tampering("a letter of the actor", "update audit set actor = 'key:b00tstrap'", 3),
        new Tampering("the time", "update audit set at = at + 1", 3),
        new Tampering("the time beyond all years", "update audit set at = 9223372036854775807", 3),
        new Tampering("the outcome", "update audit set outcome = 'DENIED'", 3),
        new Tampering("the outcome to nonsense", "update audit set outcome = 'OL'", 3),
        new Tampering("the detail", "update audit set detail = replace(detail, 't', 'u')", 3),
        new Tampering("the detail to no JSON", "update audit set detail = '{\"name\":'", 3),
        new Tampering("the detail to a list", "update audit set detail = '[1]'", 3),
        new Tampering("the hash", "update audit set hash = substr(hash, 2) || '0'", 3),
        new Tampering("the hash away", "update audit set hash = ''", 3),
        new Tampering("the row away", "delete from audit", 4),
        new Tampering("the row to the end", "update audit set seq = 1000", 4));
  }

  @ParameterizedTest
  @MethodSource("tamperings")
  void tampering_isFoundAndLeavesTheRestReadable(Tampering tampering, @TempDir Path directory)
      throws SQLException {
    Path file = directory.resolve("test.db");
    try (SqliteDatabase database = SqliteDatabase.open(file, 1)) {
      for (int i = 1; i <= 6; i++) {
        audit(database).record(Caller.SERVER, "test", "t" + i, Map.of("fact", "f" + i));
      }
      assertThat(verified(database).firstBad()).isEmpty();
    }
    tamper(file, tampering.sql + " where seq = 3");
    try (SqliteDatabase database = SqliteDatabase.open(file, 1)) {
      Audit.Verification verification = verified(database);
      assertThat(verification.firstBad()).contains(tampering.firstBad);
      assertThat(verification.checked()).isEqualTo(2);
      assertThat(verification.problem()).contains("row " + tampering.firstBad);
      assertThat(audit(database).find(Caller.SERVER, AuditQuery.ALL, Optional.empty(), 10))
          .hasSizeBetween(5, 6);
    }
  }

  private static Audit.Verification verified(SqliteDatabase database) {
    return audit(database).verify(Caller.SERVER, Optional.empty());
  }

  private static Audit audit(SqliteDatabase database) {
    return new Audit(database, new SqlAuditStore(database), muster.clock());
  }

  @Test
  void tampering_isToldByTheServer() throws SQLException {
    try (TestMuster own = TestMuster.start()) {
      for (int i = 0; i < 5; i++) {
        own.enrollmentToken();
      }
      TestReply before = own.admin().get("/v1/audit/verify").expect(200);
      assertThat(before.at("ok").asBoolean()).isTrue();
      assertThat(before.at("first_bad").isNull()).isTrue();
      assertThat(before.at("checked").asLong()).isEqualTo(7);
      assertThat(before.text("head"))
          .isEqualTo(own.admin().get("/v1/audit?limit=1").at("/entries/0/hash").asText());
      own.stop();
      tamper(
          own.data().resolve("server/muster.db"),
          "update audit set detail = '{\"name' where seq = 3");
      own.startAgain();

      TestReply after = own.admin().get("/v1/audit/verify").expect(200);
      assertThat(after.at("ok").asBoolean()).isFalse();
      assertThat(after.at("first_bad").asLong()).isEqualTo(3);
      assertThat(after.at("checked").asLong()).isEqualTo(2);
      // The log can still be read, and still be written.
      TestReply log = own.admin().get("/v1/audit").expect(200);
      assertThat(log.text("/entries/6/detail/unreadable")).isEqualTo("OK {\"name");
      own.enrollmentToken();
    }
  }

  private static void tamper(Path file, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("drop trigger audit_no_update");
      statement.execute("drop trigger audit_no_delete");
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }

  @Test
  void theStoreItself_refusesChanges() throws SQLException {
    muster.enrollmentToken();
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        Statement statement = connection.createStatement()) {
      for (String sql : List.of("update audit set actor = 'x'", "delete from audit")) {
        assertThat(catchThrowable(() -> statement.execute(sql)))
            .as(sql)
            .hasMessageContaining("audit rows are never");
      }
    }
  }

  @Test
  void namesWithLineEnds_makeOneRow() {
    try (FakeDevice device = FakeDevice.enroll(muster, "plain", "hw\n[audit] forged")) {
      JsonNode entry = entries("?target=" + device.id() + "&action=device.register").get(0);
      assertThat(entry.path("detail").path("name").asText()).isEqualTo("plain");
    }
    assertThat(muster.admin().get("/v1/audit/verify").expect(200).at("ok").asBoolean()).isTrue();
  }
}
