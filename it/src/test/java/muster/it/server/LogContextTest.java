package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// What lines of the server's log are about, as fields beside the message.
class LogContextTest {
  private static final Logger SERVER = (Logger) LoggerFactory.getLogger("muster");

  private final Lines lines = new Lines();
  private TestMuster muster;
  private @Nullable Level before;

  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final List<ILoggingEvent> heard = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      event.prepareForDeferredProcessing(); // its fields are those of this thread
      heard.add(event);
    }

    private Map<String, String> fieldsOf(String message) {
      return Awaitility.await()
          .until(
              () ->
                  heard.stream()
                      .filter(event -> event.getFormattedMessage().contains(message))
                      .toList(),
              found -> !found.isEmpty())
          .getFirst()
          .getMDCPropertyMap();
    }
  }

  @BeforeEach
  void start() {
    before = SERVER.getLevel();
    SERVER.setLevel(Level.DEBUG);
    SERVER.setAdditive(false);
    lines.start();
    SERVER.addAppender(lines);
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
    SERVER.detachAppender(lines);
    SERVER.setAdditive(true);
    SERVER.setLevel(before);
  }

  @Test
  void whatADeviceSends_isAboutTheDevice() {
    FakeDevice device = muster.enroll("talking").connect();
    device.send("{\"jsonrpc\":\"2.0\",\"method\":\"nonsense\",\"params\":{}}");
    assertThat(lines.fieldsOf("unknown notification")).isEqualTo(Map.of("device", device.id()));
    device.cut();
    assertThat(lines.fieldsOf("a device's connection broke"))
        .isEqualTo(Map.of("device", device.id()));
  }

  @Test
  void requestForADevice_isAboutBoth() throws SQLException {
    FakeDevice device = muster.enroll("asked-for");
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "create trigger refusing before insert on audit begin select raise(abort, 'no'); end");
      TestReply failed =
          muster.admin().patch("/v1/devices/" + device.id(), Map.of("name", "other")).expect(500);
      assertThat(lines.fieldsOf("/v1/devices/{id} failed"))
          .isEqualTo(Map.of("device", device.id(), "request_id", failed.header("x-request-id")));
      statement.execute("drop trigger refusing");
    }
  }

  @Test
  void streamThatIsCut_isAboutItsRequestAndTheDevice() {
    FakeDevice device = muster.enroll("followed");
    String command =
        muster
            .admin()
            .post(
                "/v1/devices/" + device.id() + "/commands",
                Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
            .expect(201)
            .text("id");
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "short", "role", "operator"));
    try (RawConnection connection = RawConnection.to(muster)) {
      connection.send(
          "GET /v1/commands/%s/output HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\n\r\n"
              .formatted(command, key.expect(201).text("key")));
      String request = connection.head().header("x-request-id").orElseThrow();
      muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);
      muster.admin().post("/v1/commands/" + command + "/cancel", Map.of()).expect(200);
      assertThat(lines.fieldsOf("/output cut"))
          .isEqualTo(Map.of("device", device.id(), "request_id", request));
    }
  }
}
