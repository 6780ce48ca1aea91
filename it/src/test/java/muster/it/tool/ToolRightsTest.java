package muster.it.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Permission;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.tool.Tool;
import muster.tool.Tools;
import muster.wire.JsonObject;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Who may use which tool, by every way to use one.
class ToolRightsTest {
  private static final Map<String, Map<String, Object>> HIGH =
      Map.of(
          "file_delete", Map.of("path", "/tmp/x"),
          "reboot", Map.of("delay", 5),
          "process_kill", Map.of("pid", 4711),
          "package_install", Map.of("package", "vim"),
          "package_remove", Map.of("package", "vim"),
          "user_manage", Map.of("action", "lock", "username", "anna"),
          "install_update",
              Map.of(
                  "name", "app",
                  "version", "2.0.0",
                  "url", "https://updates.example/app",
                  "checksum", "sha256:" + "ab".repeat(32),
                  "size_bytes", 1000),
          "rollback_update", Map.of("name", "app"));

  private static final String PASSWORD = "a password for tools";

  private static TestMuster muster;

  private final List<FakeDevice> devices = new ArrayList<>();

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @AfterEach
  void close() {
    devices.forEach(FakeDevice::close);
  }

  private FakeDevice device(String name) {
    FakeDevice device =
        muster.enroll(name).withTools(Tools.ALL.stream().map(Tool::name).toArray(String[]::new));
    devices.add(device);
    return device;
  }

  private static Map<String, Object> body(String tool) {
    return Map.of("tool", tool, "args", HIGH.getOrDefault(tool, Map.of()));
  }

  private static void refused(TestReply reply, String tool) {
    assertThat(reply.expect(403).body())
        .contains("tool " + tool + " needs the permission command:administer");
  }

  @Test
  void samples_areAllThatNeedMoreThanACommand() {
    assertThat(Tools.ALL)
        .filteredOn(tool -> tool.permission() == Permission.COMMAND_ADMINISTER)
        .extracting(Tool::name)
        .containsExactlyInAnyOrderElementsOf(HIGH.keySet());
  }

  @Test
  void highTools_areRefusedToAnOperator_andNotToAnAdmin() {
    FakeDevice device = device("web-1").connect();
    TestClient operator = muster.withRole("operator");
    TestClient admin = muster.withRole("admin");
    String execute = "/api/devices/" + device.id() + "/execute";
    for (String tool : HIGH.keySet()) {
      refused(operator.post(execute, body(tool)), tool);
      refused(operator.post("/v1/devices/" + device.id() + "/commands", body(tool)), tool);
      admin
          .send("POST", execute, Optional.of(json(tool)), Map.of("Prefer", "respond-async"))
          .expect(202);
      FakeDevice.Delivery delivery = device.nextExecute();
      assertThat(delivery.execute().tool()).isEqualTo(tool);
      device.started(delivery);
      device.result(delivery.executionId(), ToolStatus.COMPLETED, 0);
    }
    for (String tool : List.of("ping", "security_scan", "list_services", "network_stats")) {
      operator
          .send("POST", execute, Optional.of(json(tool)), Map.of("Prefer", "respond-async"))
          .expect(202);
    }
    assertThat(device.nextExecute().execute().tool()).isEqualTo("ping");
  }

  private static String json(String tool) {
    return JsonObject.of(body(tool)).toString();
  }

  @Test
  void highTool_ofAGroupOrOfAnyDevice_isRefusedToAnOperator() {
    FakeDevice device = device("web-2").connect();
    String group =
        muster.admin().post("/api/device-groups", Map.of("name", "all")).expect(201).text("id");
    muster
        .admin()
        .post("/api/device-groups/" + group + "/members/" + device.id(), Map.of())
        .expect(200);
    TestClient operator = muster.withRole("operator");

    refused(operator.post("/api/device-groups/" + group + "/execute", body("reboot")), "reboot");
    refused(operator.post("/api/devices/execute", body("reboot")), "reboot");
    assertThat(device.pollExecute(Duration.ZERO)).isEmpty();
  }

  @Test
  void highTool_ofSomebodyWhoWasDemotedMeanwhile_isNotHandedOut() {
    muster
        .admin()
        .post("/api/users", Map.of("username", "anna", "password", PASSWORD, "role", "admin"))
        .expect(201);
    TestClient anna =
        muster.client(
            muster
                .anonymous()
                .post("/api/login", Map.of("username", "anna", "password", PASSWORD))
                .expect(200)
                .text("token"));
    FakeDevice device = device("web-3");
    String commands = "/v1/devices/" + device.id() + "/commands";
    String reboot = anna.post(commands, body("reboot")).expect(201).text("id");
    String ping = anna.post(commands, body("ping")).expect(201).text("id");
    muster.admin().patch("/api/users/anna", Map.of("role", "operator")).expect(200);
    device.connect();

    assertThat(device.nextExecute().executionId()).isEqualTo(ping);
    await()
        .untilAsserted(() -> {
          TestReply command = muster.admin().get("/v1/commands/" + reboot).expect(200);
          assertThat(command.text("status")).isEqualTo("cancelled");
          assertThat(command.text("error"))
              .isEqualTo("the requester's right was withdrawn before delivery");
        });
  }
}
