package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a device can do (F046).
class SnippbotCapabilitiesTest {
  private static TestMuster muster;

  private FakeDevice device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    device = muster.enroll("build-server");
  }

  @AfterEach
  void close() {
    device.close();
  }

  private TestReply capabilities() {
    return muster
        .withRole("viewer")
        .get("/api/devices/" + device.id() + "/capabilities")
        .expect(200);
  }

  @Test
  @Tag("F046")
  void capabilities_areToldWithTheSchemasOfTheirTools() {
    device.withTools("execution.bash", "filesystem.read", "camera").connect();
    TestReply reply = capabilities();

    assertThat(reply.text("device_id")).isEqualTo(device.id());
    assertThat(reply.at("capabilities"))
        .extracting(JsonNode::asText)
        .containsExactly("execution.bash", "filesystem.read", "camera");
    assertThat(reply.at("tools"))
        .extracting(tool -> tool.path("name").asText())
        .containsExactly("bash", "read_file");
    assertThat(reply.text("/tools/0/risk")).isEqualTo("high");
    assertThat(reply.text("/tools/0/permission")).isEqualTo("command:execute");
    assertThat(reply.text("/tools/0/description")).isNotEmpty();
    assertThat(reply.text("/tools/1/args_schema/properties/limit/type")).isEqualTo("integer");
    assertThat(reply.text("/tools/1/args_schema/required/0")).isEqualTo("path");
    assertThat(reply.text("detected_at"))
        .isEqualTo(
            muster
                .admin()
                .get("/v1/devices/" + device.id() + "/connections")
                .text("/connections/0/began_at"));
  }

  @Test
  @Tag("F046")
  void capabilities_ofADeviceThatLeft_areTheLastKnown() {
    device.withTools("bash", "system_info").connect();
    device.close();

    assertThat(capabilities().at("tools"))
        .extracting(tool -> tool.path("name").asText())
        .containsExactly("bash", "system_info");
  }

  @Test
  @Tag("F046")
  void capabilities_ofADeviceNeverSeen_areNone() {
    TestReply reply = capabilities();

    assertThat(reply.at("capabilities")).isEmpty();
    assertThat(reply.at("tools")).isEmpty();
    assertThat(reply.at("detected_at").isNull()).isTrue();
  }

  @Test
  @Tag("F046")
  void capabilities_ofAnUnknownDevice_areNotFound() {
    TestReply reply = muster.admin().get("/api/devices/dev_none/capabilities").expect(404);

    assertThat(reply.text("error")).isEqualTo("not_found");
  }

  @Test
  @Tag("F046")
  void toolByItsOtherName_isExecuted() {
    device.withTools("execution.bash").connect();
    TestReply reply =
        muster
            .admin()
            .send(
                "POST",
                "/api/devices/" + device.id() + "/execute",
                Optional.of("{\"tool\":\"execution.bash\",\"args\":{\"command\":\"true\"}}"),
                Map.of("Prefer", "respond-async"))
            .expect(202);

    assertThat(reply.text("tool")).isEqualTo("bash");
    assertThat(device.nextExecute().execute().tool()).isEqualTo("bash");
  }
}
