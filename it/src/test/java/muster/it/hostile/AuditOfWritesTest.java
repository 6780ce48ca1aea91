package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.http.Route;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/// Every writing route leaves exactly the one row that `authorisation.txt` names, in the
/// transaction of its deed: where the store refuses one of the two, there is neither.
class AuditOfWritesTest {
  private static final String PASSWORD = "a password for writers";

  private static TestMuster muster;
  private static Samples samples;
  private static TestClient writer;
  private static String writerId;

  /// What the server says of a store that refuses is expected here, and would fill the console.
  private static final Logger SERVER = (Logger) LoggerFactory.getLogger("muster");

  @BeforeAll
  static void start() {
    SERVER.setLevel(Level.OFF);
    muster = TestMuster.start();
    samples = new Samples(muster);
    Map<String, String> user = Map.of("username", "writer", "password", PASSWORD, "role", "owner");
    writerId = muster.admin().post("/api/users", user).expect(201).text("id");
    logIn();
  }

  private static void logIn() {
    writer =
        muster.client(
            muster
                .anonymous()
                .post("/api/login", Map.of("username", "writer", "password", PASSWORD))
                .expect(200)
                .text("token"));
  }

  @AfterAll
  static void stop() {
    muster.close();
    SERVER.setLevel(null);
  }

  record Write(Route route, AuthorisationTable.Line line) {
    @Override
    public String toString() {
      return line.route();
    }
  }

  /// Those that take away what others name come last.
  static Stream<Write> writes() {
    AuthorisationTable table = AuthorisationTable.read();
    List<Write> writes =
        muster.server().routes().stream()
            .filter(Samples::isWrite)
            .filter(Samples::isForPeople)
            .filter(route -> !Samples.needsAMachine(route))
            .filter(route -> !Samples.isPartOfADeed(route))
            .map(route -> new Write(route, table.of(route)))
            .toList();
    assertThat(writes).allSatisfy(write -> assertThat(write.line().action()).isNotEqualTo("-"));
    return Stream.concat(
        writes.stream().filter(write -> !isDelete(write)),
        writes.stream().filter(AuditOfWritesTest::isDelete));
  }

  private static boolean isDelete(Write write) {
    return write.route().method().name().equals("DELETE");
  }

  @ParameterizedTest
  @MethodSource("writes")
  void write_isOnRecordOnce_orNotDone(Write write) throws SQLException {
    String path = path(write);
    Optional<String> body = samples.body(write.route()).map(ObjectNode::toString);

    samples.awaitIdle();
    Contents before = Contents.of(muster);
    try (Refusing audit = new Refusing(List.of("audit"))) {
      assertThat(send(write, path, body).status()).as("without a row").isBetween(500, 503);
    }
    assertThat(Contents.of(muster).since(before)).as("deeds without a row").isEmpty();

    if (changesTheStore(write)) {
      try (Refusing deeds = new Refusing(Refusing.allButAudit())) {
        assertThat(send(write, path, body).status()).as("without a deed").isBetween(500, 503);
      }
      assertThat(Contents.of(muster).since(before)).as("rows without a deed").isEmpty();
    }

    TestReply done = send(write, path, body);
    assertThat(done.status()).as(done.body()).isBetween(200, 204);
    if (write.line().action().equals("logout")) {
      logIn();
    }
    JsonNode rows =
        muster
            .admin()
            .get("/v1/audit?request_id=" + done.header("x-request-id"))
            .expect(200)
            .at("entries");
    assertThat(rows).hasSize(1);
    JsonNode row = rows.get(0);
    assertThat(row.path("action").asText()).isEqualTo(write.line().action());
    assertThat(row.path("outcome").asText()).isEqualTo("ok");
    assertThat(row.path("actor_id").asText()).isEqualTo(actor(write));
    assertThat(row.path("target").asText()).isEqualTo(target(write, path, done));
    assertThat(row.toString()).doesNotContain(PASSWORD, writer.token());
  }

  /// The deed of a backup is a copy, made before it is on record; remote sessions are in memory,
  /// and JWTs with who asked for them.
  private static boolean changesTheStore(Write write) {
    return !List.of("server.backup", "remote.start", "remote.stop", "jwt.create")
        .contains(write.line().action());
  }

  /// As [Samples#path], but with a command that can still be cancelled.
  private static String path(Write write) {
    if (!write.line().route().equals("POST /v1/commands/{command}/cancel")) {
      return samples.path(write.route());
    }
    String id =
        writer
            .post(
                "/v1/devices/" + samples.machine().id() + "/commands",
                Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
            .expect(201)
            .text("id");
    return Samples.filled(write.route().path(), id);
  }

  private static TestReply send(Write write, String path, Optional<String> body) {
    TestClient client = write.route().open() ? muster.anonymous() : writer;
    return client.send(write.route().method().name(), path, body, Map.of());
  }

  private static String actor(Write write) {
    return switch (write.line().action()) {
      case "login" -> "user:" + userId("sample");
      case "device.register" -> "anonymous:";
      default -> "user:" + writerId;
    };
  }

  private static String userId(String name) {
    for (JsonNode user : muster.admin().get("/api/users").expect(200).at("users")) {
      if (user.path("username").asText().equals(name)) {
        return user.path("id").asText();
      }
    }
    throw new AssertionError(name);
  }

  /// What the path names, or else what was made.
  private static String target(Write write, String path, TestReply done) {
    String[] pattern = write.route().path().split("/");
    if (write.line().action().equals("binary.create")) {
      return done.text("id");
    }
    if (pattern[pattern.length - 1].equals("{command}")) {
      return path.substring(path.lastIndexOf('/') + 1);
    }
    for (int i = 0; i < pattern.length; i++) {
      if (pattern[i].startsWith("{")) {
        return path.split("/")[i];
      }
    }
    return switch (write.line().action()) {
      case "logout" -> "writer";
      case "server.backup" -> "server";
      case "login", "user.create" -> done.text("username");
      case "device.approve" -> done.at("/device/id").asText();
      case "command.execute" -> done.text("device_id");
      case "device.register" -> done.text("device_id");
      case "device.create" -> done.text("agent_id");
      default -> done.text("id");
    };
  }

  /// While open, the store refuses every change to these tables.
  private static final class Refusing implements AutoCloseable {
    private final List<String> tables;

    Refusing(List<String> tables) throws SQLException {
      this.tables = tables;
      for (String table : tables) {
        for (String change : List.of("insert", "update", "delete")) {
          execute(
              "create trigger refuse_%s_%s before %s on %s begin select raise(abort, 'refused'); end"
                  .formatted(table, change, change, table));
        }
      }
    }

    static List<String> allButAudit() throws SQLException {
      try (Connection connection = Contents.connection(muster)) {
        List<String> tables = Contents.tables(connection);
        tables.remove("audit");
        return tables;
      }
    }

    private static void execute(String sql) throws SQLException {
      try (Connection connection = Contents.connection(muster);
          Statement statement = connection.createStatement()) {
        statement.execute("pragma busy_timeout = 10000");
        statement.execute(sql);
      }
    }

    @Override
    public void close() throws SQLException {
      for (String table : tables) {
        for (String change : List.of("insert", "update", "delete")) {
          execute("drop trigger refuse_%s_%s".formatted(table, change));
        }
      }
    }
  }
}
