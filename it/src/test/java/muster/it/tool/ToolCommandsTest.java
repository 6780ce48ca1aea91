package muster.it.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.PolicySummary;
import muster.wire.RpcError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What the server makes of tools and of the policies that devices tell.
class ToolCommandsTest {
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
  void enroll(TestInfo test) {
    device = muster.enroll(test.getDisplayName().replace("()", ""));
  }

  @AfterEach
  void close() {
    device.close();
  }

  private TestReply submit(String tool, Map<String, ?> args) {
    return muster
        .admin()
        .post("/v1/devices/" + device.id() + "/commands", Map.of("tool", tool, "args", args));
  }

  private TestReply shown() {
    return muster.admin().get("/v1/devices/" + device.id()).expect(200);
  }

  @Test
  void submit_wrongArguments_areRefusedWithTheirField() {
    assertThat(submit("read_file", Map.of("path", 5)).expect(400).body())
        .contains("args.path: 5 (expected: text)");
    assertThat(submit("read_file", Map.of("path", "/a", "limit", 0)).expect(400).body())
        .contains("args.limit: 0 (expected: 1..1048576)");
    assertThat(submit("bash", Map.of()).expect(400).body()).contains("command or argv");
  }

  @Test
  void submit_toolByAnotherName_isTheSameTool() {
    device.connect();
    assertThat(submit("execution.bash", Map.of("command", "true")).expect(201).text("tool"))
        .isEqualTo("bash");
    assertThat(device.nextExecute().execute().tool()).isEqualTo("bash");
  }

  @Test
  void submit_toolThatACapabilityHolds_isTaken() {
    device.withTools("execution.bash", "filesystem", "camera").connect();
    for (String tool : List.of("bash", "read_file", "camera")) {
      Map<String, String> args =
          tool.equals("bash") ? Map.of("command", "true") : Map.of("path", "/a");
      submit(tool, args).expect(201);
      assertThat(device.nextExecute().execute().tool()).isEqualTo(tool);
    }
    assertThat(submit("system_info", Map.of()).expect(409).body())
        .contains("expected: one this device has");
  }

  @Test
  void audit_ofACommand_holdsNoContentAndNoHeaders() {
    submit("write_file", Map.of("path", "/etc/motd", "content", "hush-hush")).expect(201);
    submit(
            "http_request",
            Map.of("url", "http://db/", "headers", Map.of("Authorization", "hush-hush")))
        .expect(201);
    String rows =
        muster.admin().get("/v1/audit?action=command.execute&target=" + device.id()).body();
    assertThat(rows)
        .contains("path=/etc/motd")
        .contains("url=http://db/")
        .doesNotContain("hush-hush");
  }

  @Test
  void refusedByPolicy_hasFailedWithTheRule() {
    device.connect();
    String id = submit("bash", Map.of("command", "rm -rf /")).expect(201).text("id");
    device.refuse(device.nextExecute(), RpcError.DENIED, "args.command: commands.shells is false");
    await()
        .untilAsserted(() ->
            assertThat(muster.admin().get("/v1/commands/" + id).text("error"))
                .isEqualTo(
                    "denied by the device's policy: args.command: commands.shells is false"));
  }

  @Test
  void policy_isShownWhereOneDeviceIsAskedFor_andStays() {
    assertThat(shown().json().has("policy")).isFalse();
    JsonObject rules = Json.parseObject("{\"tools\":{\"deny\":[\"bash\"]},\"terminal\":false}");
    device.withPolicy(PolicySummary.inForce(rules)).connect();

    JsonNode policy = shown().at("policy");
    assertThat(policy.path("state").asText()).isEqualTo("in_force");
    assertThat(policy.at("/rules/tools/deny/0").asText()).isEqualTo("bash");
    assertThat(policy.at("/rules/terminal").isBoolean()).isTrue();
    assertThat(policy.has("problem")).isFalse();
    assertThat(muster.admin().get("/v1/devices").expect(200).body()).doesNotContain("\"policy\"");
    device.close();
    assertThat(shown().text("/policy/state")).isEqualTo("in_force");
  }

  @Test
  void policyChanged_countsAtOnce_alsoWhenNothingIsLeft() {
    device.withPolicy(PolicySummary.NONE).connect();
    assertThat(shown().text("/policy/state")).isEqualTo("none");
    device.tellPolicy(PolicySummary.broken("offset 3: expected a value"));

    await().untilAsserted(() -> assertThat(shown().text("/policy/state")).isEqualTo("broken"));
    assertThat(shown().text("/policy/problem")).isEqualTo("offset 3: expected a value");
    assertThat(shown().at("capabilities")).isEmpty();
    submit("bash", Map.of("command", "true")).expect(409);
    device.tellPolicy(PolicySummary.NONE, "bash");
    await().untilAsserted(() -> assertThat(shown().text("/policy/state")).isEqualTo("none"));
    submit("bash", Map.of("command", "true")).expect(201);
  }

  @Test
  void policy_ofAHostileDevice_isCutToSizeAndMadeHarmless() {
    String deep =
        "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1}}}},\"t\":\"\\u001b[31m%s\",\"n\":null,\"l\":[%s]}";
    String many = "1,".repeat(999) + "1";
    device
        .withPolicy(PolicySummary.inForce(Json.parseObject(deep.formatted("x".repeat(900), many))))
        .connect();

    JsonNode rules = shown().at("/policy/rules");
    assertThat(rules.path("t").asText()).hasSize(255).startsWith("[31mx");
    assertThat(rules.path("l")).hasSize(256);
    assertThat(rules.has("n")).isFalse();
    assertThat(rules.at("/a/b/c").isObject()).isTrue();
    assertThat(rules.at("/a/b/c/d").isMissingNode()).isTrue();
  }

  private static String rules(int bytes) {
    return "{\"tools\":{\"allow\":[\"%s\"]}}".formatted("x".repeat(bytes - 24));
  }

  private static String changed(String rules) {
    return "{\"jsonrpc\":\"2.0\",\"method\":\"device.policy\",\"params\":{\"policy\":{\"state\":"
        + "\"in_force\",\"rules\":"
        + rules
        + "},\"capabilities\":[\"bash\"]}}";
  }

  @Test
  void policy_ofMoreThan16KiB_isNotKept() {
    device.withPolicy(PolicySummary.NONE).connect();
    device.send(changed(rules(PolicySummary.MAX_BYTES + 1)));
    awaitDealtWith();
    assertThat(shown().text("/policy/state")).isEqualTo("none");
    device.send(changed(rules(PolicySummary.MAX_BYTES)));
    await().untilAsserted(() -> assertThat(shown().text("/policy/state")).isEqualTo("in_force"));
    assertThat(device.isOpen()).isTrue();
  }

  /// Frames are taken one after the other, and what asks for nothing known is answered too.
  private void awaitDealtWith() {
    assertThatThrownBy(() -> device.call("device.unknown", JsonObject.empty()))
        .hasMessageContaining("unknown method");
  }

  @Test
  void greeting_withAPolicyOfMoreThan16KiB_isRefusedWithTheField() throws Exception {
    device.open();
    device.send(
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"device.hello\",\"params\":{\"policy\":{\"state\":"
            + "\"in_force\",\"rules\":"
            + rules(PolicySummary.MAX_BYTES + 1)
            + "}}}");
    assertThat(device.awaitClose().reason()).contains("policy.rules", "at most 16384");
    assertThat(shown().json().has("policy")).isFalse();
  }
}
