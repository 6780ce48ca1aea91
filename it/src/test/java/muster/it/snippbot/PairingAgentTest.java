package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import muster.testkit.JavaProgram;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real agent pairs, as a process of its own (F033).
@Timeout(180)
class PairingAgentTest {
  private static final int REFUSED = 3;
  private static final int USAGE = 2;

  private static TestMuster muster;

  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private record Ended(int status, String output) {}

  private Process agent(String command, String... arguments) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(muster.agent.Main.class.getName(), command, "--state", state().toString()));
    words.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(JavaProgram.command(List.of(), words))
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start();
    processes.add(process);
    return process;
  }

  private Path state() {
    return directory.resolve("state");
  }

  private Path log() {
    return directory.resolve("agent.log");
  }

  private Ended pair(String... arguments) throws IOException, InterruptedException {
    Files.deleteIfExists(log());
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--hardware-id", "hw-" + directory.getFileName()));
    Process process = agent("pair", all.toArray(String[]::new));
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(Files.readString(log())).isTrue();
    return new Ended(process.exitValue(), Files.readString(log()));
  }

  private static String[] typed(String code, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--host", "127.0.0.1", "--port", Integer.toString(muster.port()), "--code", code));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  private String credential() throws IOException {
    Path file = state().resolve("credential.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    return Files.readString(file);
  }

  private void awaitOnline() throws IOException {
    Process run = agent("run");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            muster
                    .admin()
                    .get(
                        "/v1/devices?status=online&filter=hardware_id:hw-"
                            + directory.getFileName())
                    .expect(200)
                    .at("devices")
                    .size()
                == 1);
    run.destroy();
  }

  @Test
  @Tag("F033")
  @Tag("F034")
  void overTls_asTyped_pairsAndConnects() throws Exception {
    TestReply created = Pairing.create(muster, Map.of("auto_approve", true));
    String[] words = created.text("pair_cmd").split(" ");
    assertThat(words[0]).isEqualTo("muster-agent");
    Ended ended = pair(List.of(words).subList(2, words.length).toArray(String[]::new));
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("paired as dev_", " at https://127.0.0.1:" + muster.port(), "approved")
        .doesNotContain(created.text("code"), "agt_");
    assertThat(credential()).contains("\"ca_pin\":\"sha256/");
    awaitOnline();
  }

  @Test
  @Tag("F033")
  @Tag("F032")
  void overTls_asScanned_needsNobody() throws Exception {
    Pairing.create(muster, Map.of("auto_approve", true));
    byte[] png = muster.admin().get(Pairing.PATH + "/qr").expect(200).bytes();
    String invitation = Qr.ofPng(png);
    Ended ended = pair(invitation);
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(ended.output()).doesNotContain(Qr.field(invitation, "secret"));
    assertThat(credential()).contains("https://").contains("\"ca_pin\"");
    awaitOnline();
  }

  @Test
  @Tag("F033")
  void overTls_withoutAPin_isRefusedUntilTheFingerprintIsAccepted() throws Exception {
    String code = Pairing.code(muster);
    Ended asked = pair(typed(code));
    assertThat(asked.status()).as(asked.output()).isEqualTo(USAGE);
    assertThat(asked.output())
        .contains("sha256/" + muster.admin().get("/v1/server").text("ca_sha256"))
        .contains("--accept-fingerprint");
    Ended paired = pair(typed(code, "--accept-fingerprint"));
    assertThat(paired.status()).as(paired.output()).isZero();
    assertThat(credential()).contains(muster.admin().get("/v1/server").text("ca_sha256"));
  }

  @Test
  @Tag("F033")
  void inClear_onThisMachine_pairsAndConnects() throws Exception {
    String code = Pairing.create(muster, Map.of("auto_approve", true)).text("code");
    Ended ended = pair(typed(code, "--plain"));
    assertThat(ended.status()).as(ended.output()).isZero();
    assertThat(credential()).contains("http://127.0.0.1").doesNotContain("ca_pin");
    awaitOnline();
  }

  @Test
  @Tag("F034")
  void pending_itSaysWhatItWaitsFor_andConnectsSoonAfterTheApproval() throws Exception {
    Ended ended = pair(typed(Pairing.code(muster), "--plain"));
    assertThat(ended.output()).contains("it waits for approval");
    agent("run");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() ->
            assertThat(Files.readString(log()))
                .containsPattern("this device is not approved yet; again in (1[5-9]|2[0-9]|30) s"));
    String id = ended.output().replaceFirst("(?s).*paired as (dev_\\w+) .*", "$1");
    muster.admin().post("/api/devices/" + id + "/approve", Map.of()).expect(200);
    Awaitility.await()
        .atMost(Duration.ofSeconds(45))
        .until(() -> muster.admin().get("/v1/devices/" + id).text("status").equals("online"));
  }

  @Test
  @Tag("F034")
  void wrongCode_isToldAtOnce() throws Exception {
    Ended ended = pair(typed(Pairing.wrong(Pairing.code(muster)), "--plain"));
    assertThat(ended.status()).isEqualTo(REFUSED);
    assertThat(ended.output()).contains("404 the pairing code is unknown, expired or used");
    assertThat(state().resolve("credential.json")).doesNotExist();
  }
}
