package muster.it.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import muster.agent.exec.Programs;
import muster.agent.tool.Tools;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tools of the real agent, as a process of its own, by way of the server.
class AgentToolsTest {
  private static final Duration WITHIN = Duration.ofSeconds(120);

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;

  @TempDir private Path files;

  @BeforeAll
  static void start() {
    muster =
        TestMuster.start(config -> config.withDevice(new Config.Device(1, 30, Optional.empty())));
    agent = RealAgent.start(muster, directory);
  }

  @AfterAll
  static void stop() {
    agent.close();
    muster.close();
  }

  @BeforeEach
  void noPolicy() throws IOException {
    agent.noPolicy();
    awaitPolicy("none");
  }

  /// The server hears of it with the next heartbeat.
  private static TestReply awaitPolicy(String state) {
    return await()
        .atMost(WITHIN)
        .until(
            () -> muster.admin().get("/v1/devices/" + agent.device()).expect(200),
            shown -> shown.text("/policy/state").equals(state));
  }

  /// Submits and waits for the end.
  private static TestReply run(String tool, Map<String, ?> args) {
    String id =
        muster
            .admin()
            .post("/v1/devices/" + agent.device() + "/commands", Map.of("tool", tool, "args", args))
            .expect(201)
            .text("id");
    return await()
        .atMost(WITHIN)
        .until(
            () -> muster.admin().get("/v1/commands/" + id).expect(200),
            reply -> List.of("completed", "failed").contains(reply.text("status")));
  }

  private static String output(TestReply command) {
    String events =
        muster
            .admin()
            .get("/v1/commands/" + command.text("id") + "/output?follow=false")
            .expect(200)
            .body();
    StringBuilder text = new StringBuilder();
    for (String line : events.split("\n")) {
      if (line.startsWith("data:")) {
        text.append(json(line.substring(5)).path("data").asText());
      }
    }
    return text.toString();
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private static String completed(String tool, Map<String, ?> args) {
    TestReply ended = run(tool, args);
    assertThat(ended.text("status")).as(ended.body()).isEqualTo("completed");
    assertThat(ended.at("exit_code").asInt()).isZero();
    assertThat(ended.at("truncated").asBoolean()).isFalse();
    return output(ended);
  }

  private static String failed(String tool, Map<String, ?> args) {
    TestReply ended = run(tool, args);
    assertThat(ended.text("status")).as(ended.body()).isEqualTo("failed");
    return ended.text("error");
  }

  @Test
  void everyTool_isACapability_andDoesItsWork() throws Exception {
    List<String> capabilities = new ArrayList<>();
    awaitPolicy("none").at("capabilities").forEach(node -> capabilities.add(node.asText()));
    assertThat(capabilities)
        .contains("bash", "ping", "file_delete")
        .isEqualTo(Tools.of(program -> Programs.ofSystem(program).isPresent()));

    JsonNode info = json(completed("system_info", Map.of()));
    assertThat(info.path("platform").asText()).isEqualTo("linux");
    assertThat(info.path("memory_percent").isNumber()).isTrue();

    Path file = files.toRealPath().resolve("deep/note");
    completed(
        "write_file",
        Map.of("path", file.toString(), "content", "grüße\n", "create_parents", true));
    assertThat(file).hasContent("grüße\n");
    assertThat(completed("read_file", Map.of("path", file.toString()))).isEqualTo("grüße\n");
    JsonNode list =
        json(completed("list_files", Map.of("path", files.toString(), "recursive", true)));
    assertThat(list.at("/entries/1/name").asText()).isEqualTo("deep/note");
    assertThat(list.at("/entries/1/size").asInt()).isEqualTo(8);

    agent.policy("{\"http\":{\"allow\":[\"127.0.0.0/8\"]}}");
    JsonNode answer = json(completed("http_request", Map.of("url", muster.url() + "/healthz")));
    assertThat(answer.path("status").asInt()).isEqualTo(200);
  }

  @Test
  void toolsOfEveryFamily_answerInJson() throws Exception {
    assertThat(json(completed("ping", Map.of())).path("pong").asBoolean()).isTrue();
    assertThat(json(completed("disk_usage", Map.of("path", "/"))).path("total_bytes").asLong())
        .isPositive();
    assertThat(json(completed("list_users", Map.of())).at("/users/0/name").asText())
        .isEqualTo("root");
    assertThat(json(completed("network_config", Map.of())).path("interfaces")).isNotEmpty();
    assertThat(json(completed("security_scan", Map.of())).path("checks")).isNotEmpty();
    JsonNode services = json(completed("discover_services", Map.of())).path("services");
    assertThat(services.findValuesAsText("port")).contains(Integer.toString(muster.port()));

    Path log = Files.writeString(files.toRealPath().resolve("log"), "one\ntwo\nthree\n");
    JsonNode lines =
        json(completed("file_read", Map.of("path", log.toString(), "offset", 1, "lines", 1)));
    assertThat(lines.at("/lines/0").asText()).isEqualTo("two");
    assertThat(lines.path("more").asBoolean()).isTrue();
    completed("file_delete", Map.of("path", log.toString()));
    assertThat(log).doesNotExist();
  }

  @Test
  void processKill_endsAProcessOfTheMachine() throws Exception {
    Process sleeper = new ProcessBuilder("sleep", "600").start();
    completed("process_kill", Map.of("pid", sleeper.pid()));

    assertThat(sleeper.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  /// The server asks for a heartbeat each second.
  @Test
  void setInterval_isThePaceOfTheHeartbeats() {
    completed("set_interval", Map.of("interval", 5));
    AtomicLong before = new AtomicLong(uptime());
    await()
        .atMost(WITHIN)
        .until(
            () -> {
              long now = uptime();
              return now - before.getAndSet(now);
            },
            seconds -> seconds >= 4);
  }

  /// As the latest heartbeat told it.
  private static long uptime() {
    return muster
        .admin()
        .get("/v1/devices/" + agent.device())
        .expect(200)
        .at("/health/uptime_seconds")
        .asLong();
  }

  @Test
  void aMebibyte_arrivesWhole() throws Exception {
    byte[] content = new byte[1 << 20];
    new Random(7).nextBytes(content);
    Path file = Files.write(files.resolve("large"), content);
    String read =
        completed("read_file", Map.of("path", file.toRealPath().toString(), "encoding", "base64"));

    assertThat(Arrays.equals(Base64.getDecoder().decode(read), content)).isTrue();
  }

  @Test
  void pathTricks_areRefusedByTheAgent() throws Exception {
    assertThat(failed("read_file", Map.of("path", "/tmp/../etc/passwd")))
        .contains("an absolute path without . and ..");
    assertThat(failed("read_file", Map.of("path", "/proc/self/environ")))
        .startsWith("denied by the device's policy: ");
    String credential = agent.state().resolve("credential.json").toString();
    assertThat(failed("read_file", Map.of("path", credential)))
        .startsWith("denied by the device's policy: ");
    Path link = Files.createSymbolicLink(files.resolve("link"), agent.state());
    assertThat(
            failed(
                "write_file",
                Map.of("path", link.resolve("policy.json").toString(), "content", "{}")))
        .startsWith("denied by the device's policy: ");
  }

  @Test
  void policy_narrowsWithoutRestart_andIsSeenByTheServer() throws Exception {
    completed("bash", Map.of("command", "true"));
    agent.policy("{\"tools\":{\"deny\":[\"write_file\"]},\"commands\":{\"allow\":[\"true\"]}}");

    assertThat(failed("bash", Map.of("command", "true")))
        .isEqualTo("denied by the device's policy: args.command: commands.shells is false");
    completed("bash", Map.of("argv", List.of("true")));
    TestReply shown = awaitPolicy("in_force");
    assertThat(shown.text("/policy/rules/commands/allow/0")).isEqualTo("true");
    assertThat(shown.at("capabilities").toString()).doesNotContain("write_file");
    agent.policy("{\"commands\":");
    assertThat(awaitPolicy("broken").at("capabilities")).isEmpty();
    assertThat(agent.logged()).contains("all work is refused");
  }
}
