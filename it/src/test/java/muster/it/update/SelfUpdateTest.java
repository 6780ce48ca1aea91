package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import muster.it.page.Shell;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The agent that `install.sh` installed brings itself another version.
@Timeout(300)
class SelfUpdateTest {
  private static final Duration WITHIN = Duration.ofSeconds(120);
  private static TestMuster muster;
  private static byte[] jar = {};
  private static Artifacts artifacts;

  @TempDir private Path machine;

  private Path agent = Path.of("");
  private TestReply made;
  private ToolCalls calls;
  private String version = "";
  private int trialSeconds = 60;

  @BeforeAll
  static void start() throws IOException {
    Shell.assumeInstalled("curl", "setsid", "readlink");
    muster = TestMuster.start();
    try (InputStream in = muster.url().resolve("/install/agent.jar").toURL().openStream()) {
      jar = in.readAllBytes();
    }
    artifacts = new Artifacts();
  }

  @AfterAll
  static void stop() {
    artifacts.close();
    muster.close();
  }

  @BeforeEach
  void install() throws Exception {
    agent = machine.resolve("the agent");
    made =
        muster
            .admin()
            .post("/api/agents", Map.of("label", machine.getFileName().toString()))
            .expect(201);
    calls = new ToolCalls(muster, made.text("agent_id"));
    Shell.Ended ended = run("--background");
    assertThat(ended.status()).as(ended.output()).isZero();
    awaitOnline();
    policy(
        "{\"http\": {\"allow\": [\"127.0.0.1\"]}, \"update_keys\": [\"%s\"]}"
            .formatted(Signer.OURS.publicKey()));
    version = version();
  }

  private void policy(String json) throws IOException {
    Path fresh = Files.writeString(state().resolve("policy.json.new"), json);
    Files.move(
        fresh,
        state().resolve("policy.json"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @AfterEach
  void uninstall() throws Exception {
    Files.deleteIfExists(state().resolve("policy.json"));
    Shell.Ended ended = run("--uninstall");
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(agent).doesNotExist();
  }

  private Shell.Ended run(String option) throws Exception {
    Path script = machine.resolve("install.sh");
    if (!Files.exists(script)) {
      Files.writeString(
          script,
          muster.client(made.text("key")).get("/api/agents/install-script").expect(200).body());
    }
    return Shell.run(
        "sh -s -- %s <'%s'".formatted(option, script),
        machine,
        Map.of(
            "HOME",
            machine.toString(),
            "MUSTER_AGENT_DIR",
            agent.toString(),
            "MUSTER_AGENT_TRIAL_SECONDS",
            String.valueOf(trialSeconds)));
  }

  private Path state() {
    return agent.resolve("state");
  }

  private TestReply device() {
    return muster.admin().get("/v1/devices/" + made.text("agent_id")).expect(200);
  }

  private void awaitOnline() {
    await().atMost(WITHIN).until(() -> device().text("/presence/state"), "online"::equals);
  }

  private String version() {
    return device().text("agent_version");
  }

  private long process() throws IOException {
    return Long.parseLong(Files.readString(state().resolve("agent.pid")).strip());
  }

  /// The agent as it is, of another version by its manifest.
  private static byte[] jarOf(String version) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarInputStream in = new JarInputStream(new ByteArrayInputStream(jar))) {
      Manifest manifest = in.getManifest();
      manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, version);
      try (JarOutputStream out = new JarOutputStream(bytes, manifest)) {
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
          out.putNextEntry(new JarEntry(entry.getName()));
          in.transferTo(out);
        }
      }
    }
    return bytes.toByteArray();
  }

  private static Map<String, Object> args(String version, byte[] content) {
    Map<String, Object> args =
        artifacts.args("muster-agent", version, "/agent-" + version + ".jar", content);
    args.put("signature", Signer.OURS.signature(content));
    return args;
  }

  private void assertVersion(String expected) {
    awaitOnline();
    await().atMost(WITHIN).until(this::version, expected::equals);
  }

  private static void assertFailed(JsonNode outcome, String reason) {
    assertThat(outcome.path("outcome").asText()).as(outcome.toString()).isEqualTo("failed");
    assertThat(outcome.path("reason").asText()).as(outcome.toString()).isEqualTo(reason);
  }

  @Test
  @DisplayName("7: the agent brings itself another version, and goes back to the one before")
  void versions_comeAndGoBack() throws IOException {
    long before = process();
    JsonNode brought =
        calls.outcome(calls.submit("install_update", args("99.1.0", jarOf("99.1.0"))));
    assertThat(brought.path("outcome").asText()).as(brought.toString()).isEqualTo("installed");
    assertThat(brought.path("from_version").asText()).isEqualTo(version);
    assertVersion("99.1.0");
    assertThat(process()).isNotEqualTo(before);
    assertThat(state().resolve("updates/muster-agent/trial")).doesNotExist();

    JsonNode back = calls.outcome(calls.submit("rollback_update", Map.of("name", "muster-agent")));
    assertThat(back.path("outcome").asText()).as(back.toString()).isEqualTo("rolled_back");
    assertVersion(version);
  }

  @Test
  @DisplayName("7: a version that does not start is left for the one before")
  void versionThatDoesNotStart_isLeft() {
    byte[] noJar = "this is no jar".getBytes(StandardCharsets.UTF_8);
    JsonNode outcome = calls.outcome(calls.submit("install_update", args("99.2.0", noJar)));
    assertFailed(outcome, "health_check_failed");
    assertVersion(version);
    assertThat(state().resolve("updates/muster-agent/trial")).doesNotExist();
  }

  @Test
  @DisplayName("7: a version that hangs is left for the one before")
  void versionThatHangs_isLeft() throws Exception {
    trialSeconds = 1;
    run("--background");
    awaitOnline();
    ByteArrayOutputStream hanging = new ByteArrayOutputStream();
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Hanging.class.getName());
    String file = Hanging.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(hanging, manifest)) {
      out.putNextEntry(new JarEntry(file));
      try (InputStream in = Hanging.class.getResourceAsStream("/" + file)) {
        in.transferTo(out);
      }
    }
    JsonNode outcome =
        calls.outcome(calls.submit("install_update", args("99.3.0", hanging.toByteArray())));
    assertFailed(outcome, "health_check_failed");
    assertVersion(version);
  }

  /// The main class of an agent that never does anything.
  public static final class Hanging {
    private Hanging() {}

    public static void main(String[] args) throws InterruptedException {
      Thread.sleep(Duration.ofHours(1).toMillis());
    }
  }

  @Test
  @DisplayName("7: a version that connects and fails its check goes back by itself")
  void versionThatFailsItsCheck_goesBack() throws IOException {
    Map<String, Object> args = args("99.4.0", jarOf("99.4.0"));
    args.put("health_command", List.of("false"));
    assertFailed(calls.outcome(calls.submit("install_update", args)), "health_check_failed");
    assertVersion(version);
    assertThat(calls.last(calls.submit("ping", Map.of()))).isNotNull();
  }

  @Test
  @DisplayName("7: an agent that is killed on trial goes on when it is started anew")
  void agentThatIsKilledOnTrial_goesOn() throws IOException {
    Path go = machine.resolve("go");
    Map<String, Object> args = args("99.5.0", jarOf("99.5.0"));
    args.put(
        "health_command",
        List.of(
            "sh", "-c", "touch %1$s.here; while [ ! -e %1$s ]; do sleep 0.02; done".formatted(go)));
    String id = calls.submit("install_update", args);
    await().atMost(WITHIN).until(() -> Files.exists(Path.of(go + ".here")));
    long process = process();
    ProcessHandle.of(process).orElseThrow().destroyForcibly();
    Files.writeString(go, "");
    assertThat(calls.outcome(id).path("outcome").asText()).isEqualTo("installed");
    assertThat(process()).isNotEqualTo(process);
    assertVersion("99.5.0");
  }

  @Test
  @DisplayName("7: the agent takes for itself what it can start and its owner's rules let in")
  void wrongKinds_areRefused() throws IOException {
    Map<String, Object> archive = args("99.6.0", Artifacts.archive(Map.of("version", "99.6.0")));
    archive.put("type", "archive");
    assertFailed(calls.outcome(calls.submit("install_update", archive)), "unsupported");
    Map<String, Object> target = args("99.6.1", jarOf("99.6.1"));
    target.put("target_path", machine.resolve("x").toString());
    assertFailed(calls.outcome(calls.submit("install_update", target)), "unsupported");

    policy("{\"http\": {\"allow\": [\"127.0.0.1\"]}}");
    Map<String, Object> nobodySigns = args("99.6.2", jarOf("99.6.2"));
    assertFailed(calls.outcome(calls.submit("install_update", nobodySigns)), "denied");
    assertThat(Files.isSymbolicLink(agent.resolve("muster-agent.jar"))).isFalse();
  }
}
