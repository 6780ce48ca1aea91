package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A device that is made ahead of its machine, and who gets its script (F133).
class ProvisionTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply create(String label, String... tags) {
    return muster.admin().post("/api/agents", Map.of("label", label, "tags", List.of(tags)));
  }

  private static TestReply script(String key) {
    return muster.anonymous().get("/api/agents/install-script?key=" + key);
  }

  @Test
  @Tag("F133")
  void create_isAnApprovedDeviceThatNeverConnected_withItsKeyShownOnce() {
    TestReply made = create("db-01", "prod").expect(201);
    assertThat(made.text("status")).isEqualTo("created");
    assertThat(made.text("key")).startsWith("agt_");
    assertThat(made.header("cache-control")).isEqualTo("no-store");
    TestReply device = muster.admin().get("/v1/devices/" + made.text("agent_id")).expect(200);
    assertThat(device.text("name")).isEqualTo("db-01");
    assertThat(device.text("approval")).isEqualTo("approved");
    assertThat(device.text("/presence/reason")).isEqualTo("never connected");
    assertThat(device.body()).contains("prod").doesNotContain(made.text("key"));
    assertThat(muster.admin().get("/v1/audit?limit=5").body())
        .contains("device.create", made.text("agent_id"))
        .doesNotContain(made.text("key"));
  }

  @Test
  @Tag("F133")
  void create_nameThatIsTaken_getsANumber() {
    create("twice").expect(201);
    assertThat(create("twice").expect(201).text("label")).isEqualTo("twice-2");
  }

  @Test
  @Tag("F133")
  void create_badFields_areNamed() {
    assertThat(create(" ").expect(400).text("error")).startsWith("label: ");
    assertThat(create("x", "").expect(400).text("error")).startsWith("tags[0]: ");
    assertThat(muster.admin().post("/api/agents", Map.of("name", "x")).expect(400).text("error"))
        .contains("unknown field: \"name\"");
  }

  @Test
  @Tag("F133")
  void script_missingOrUnknownKey_is401_andWhatIsNoDevices() {
    muster.anonymous().get("/api/agents/install-script").expect(401);
    script("agt_0000000000000000_" + "0".repeat(52)).expect(401);
    script("nonsense").expect(401);
    script(muster.adminKey()).expect(401);
    muster.admin().get("/api/agents/install-script").expect(401);
  }

  @Test
  @Tag("F133")
  void script_deviceThatIsNotApproved_is403() {
    TestReply made = create("blocked").expect(201);
    muster.admin().post("/api/devices/" + made.text("agent_id") + "/block", Map.of()).expect(200);
    assertThat(script(made.text("key")).expect(403).text("error")).endsWith("is blocked");
    muster.admin().delete("/v1/devices/" + made.text("agent_id")).expect(204);
    script(made.text("key")).expect(401);
  }

  @Test
  @Tag("F133")
  void script_isAShellScriptForThatDevice_whicheverWayTheKeyIsShown() {
    TestReply made = create("it's; $(reboot) @DEVICE_KEY@ \\").expect(201);
    String key = made.text("key");
    TestReply byUrl = script(key).expect(200);
    assertThat(byUrl.header("content-type")).startsWith("text/x-shellscript");
    assertThat(byUrl.header("cache-control")).isEqualTo("no-store");
    assertThat(byUrl.body())
        .startsWith("#!/bin/sh\n")
        .contains("device_id='" + made.text("agent_id") + "'")
        .contains("device_key='" + key + "'")
        .contains("device_name='it'\\''s; $(reboot) @DEVICE_KEY@ \\'");
    assertThat(muster.client(key).get("/api/agents/install-script").expect(200).body())
        .isEqualTo(byUrl.body());
    TestReply other = create("other").expect(201);
    assertThat(
            muster
                .client(other.text("key"))
                .get("/api/agents/install-script?key=" + key)
                .expect(200)
                .body())
        .contains(other.text("key"))
        .doesNotContain(key);
  }

  @Test
  @Tag("F133")
  void script_whateverTheRequestCallsTheServer_hasTheServersOwnUrl() {
    String key = create("host").expect(201).text("key");
    String hostile = "x';reboot;'.example";
    TestReply reply =
        muster
            .anonymous()
            .send(
                "GET",
                "/api/agents/install-script?key=" + key,
                Optional.empty(),
                Map.of("X-Forwarded-Host", hostile, "X-Forwarded-Proto", hostile));
    assertThat(reply.expect(200).body())
        .contains("base_url='" + muster.url() + "'")
        .doesNotContain("reboot");
  }
}
