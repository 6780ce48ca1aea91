package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import muster.agent.TestServer.Answer;
import muster.agent.enroll.Credential;
import muster.agent.net.TestCertificates;
import muster.wire.Json;
import muster.wire.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The command `pair`, against a server that is scripted (F033).
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PairingTest {
  private static final String PENDING =
      "{\"device_id\":\"dev_1\",\"token\":\"agt_secret\",\"status\":\"pending\",\"approved\":false,"
          + "\"ws_url\":\"ws://x/device/ws\",\"name\":\"web-1\"}";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final List<TestServer> servers = new ArrayList<>();
  private final List<TestServer.Asked> asked = new CopyOnWriteArrayList<>();
  private final List<String> questions = new ArrayList<>();
  private TestCertificates certificates;

  @BeforeAll
  void make(@TempDir Path directory) throws Exception {
    certificates = TestCertificates.make(directory);
  }

  @AfterEach
  void close() throws IOException {
    for (TestServer server : servers) {
      server.close();
    }
    servers.clear();
    asked.clear();
    questions.clear();
    out.reset();
    err.reset();
  }

  private TestServer answering(TestServer server, Answer answer) {
    servers.add(server);
    server.script(request -> {
      asked.add(request);
      return answer;
    });
    return server;
  }

  private TestServer plain(Answer answer) throws IOException {
    return answering(new TestServer(), answer);
  }

  private TestServer secure(Answer answer) throws Exception {
    return secure("server", answer);
  }

  private TestServer secure(String alias, Answer answer) throws Exception {
    return answering(
        new TestServer(certificates.context(alias).getServerSocketFactory(), "https"), answer);
  }

  private int run(Person person, Path state, String... arguments) {
    List<String> all = new ArrayList<>(List.of("pair", "--state", state.toString()));
    all.addAll(List.of(arguments));
    return Main.run(
        all,
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        question -> {
          questions.add(question);
          return person.agrees(question);
        });
  }

  private static String[] with(TestServer server, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--host",
                "127.0.0.1",
                "--port",
                String.valueOf(server.base().getPort()),
                "--code",
                "847 291"));
    arguments.addAll(List.of(more));
    return arguments.toArray(new String[0]);
  }

  private static Optional<Credential> credential(Path state) throws IOException {
    return Credential.load(state.resolve("credential.json"));
  }

  private String said() {
    return out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void plain_toThisMachine_sendsWhatTheServerWants_andTellsThatItWaits(@TempDir Path state)
      throws Exception {
    TestServer server = plain(Answer.json(200, PENDING));
    assertThat(run(Person.NONE, state, with(server, "--plain", "--name", "web-1", "--tag", "lab")))
        .as(said())
        .isEqualTo(Main.DONE);

    assertThat(asked).hasSize(1);
    assertThat(asked.get(0).path()).isEqualTo("/api/devices/pair/claim");
    JsonObject body = Json.parseObject(asked.get(0).body());
    assertThat(body.string("code")).isEqualTo("847291");
    assertThat(body.string("hardware_id")).isNotEmpty();
    assertThat(body.string("name")).isEqualTo("web-1");
    assertThat(body.strings("tags")).containsExactly("lab");
    assertThat(body.string("platform")).isEqualTo("linux");
    assertThat(body.strings("capabilities")).contains("bash");
    assertThat(credential(state).orElseThrow().authToken()).isEqualTo("agt_secret");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(state.resolve("credential.json"))))
        .isEqualTo("rw-------");
    assertThat(said())
        .contains("paired as dev_1 at " + server.base() + " (web-1)")
        .contains("it waits for approval")
        .doesNotContain("agt_secret", "847291");
  }

  @Test
  void approved_isToldSo_andPairedOnceOnly(@TempDir Path state) throws Exception {
    TestServer server = plain(Answer.json(200, PENDING.replace("pending", "approved")));
    assertThat(run(Person.NONE, state, with(server, "--plain"))).isEqualTo(Main.DONE);
    assertThat(said()).contains("approved; connect it with: muster-agent run");
    assertThat(run(Person.NONE, state, with(server, "--plain"))).isEqualTo(Main.FAILED);
    assertThat(said()).contains("enrolled already, as dev_1", "--force");
    assertThat(run(Person.NONE, state, with(server, "--plain", "--force"))).isEqualTo(Main.DONE);
    assertThat(asked).hasSize(2);
  }

  @Test
  void refused_isToldWithWhatTheServerSays(@TempDir Path state) throws Exception {
    TestServer server =
        plain(
            Answer.json(
                404,
                "{\"error\":\"not_found\",\"message\":\"the pairing code is unknown\",\"status\":404}"));
    assertThat(run(Person.NONE, state, with(server, "--plain"))).isEqualTo(Main.REFUSED);
    assertThat(said()).contains("refused: 404 the pairing code is unknown");
    assertThat(credential(state)).isEmpty();
  }

  @Test
  void tls_withThePin_asksNobody(@TempDir Path state) throws Exception {
    TestServer server = secure(Answer.json(200, PENDING));
    assertThat(run(Person.NONE, state, with(server, "--pin", certificates.pin("ca").text())))
        .as(said())
        .isEqualTo(Main.DONE);
    Credential credential = credential(state).orElseThrow();
    assertThat(credential.caPin()).contains(certificates.pin("ca"));
    assertThat(credential.server()).hasToString(server.base().toString());
    assertThat(questions).isEmpty();
  }

  @Test
  void tls_asTheQrSays_provesWithTheSecret(@TempDir Path state) throws Exception {
    TestServer server = secure(Answer.json(200, PENDING));
    String qr =
        "muster://pair?host=127.0.0.1&port=%d&code=847291&secret=s3cr3t&ca=%s"
            .formatted(server.base().getPort(), certificates.pin("ca").text());
    assertThat(run(Person.NONE, state, qr)).as(said()).isEqualTo(Main.DONE);
    assertThat(Json.parseObject(asked.get(0).body()).string("secret")).isEqualTo("s3cr3t");
    assertThat(said()).doesNotContain("s3cr3t");
  }

  @Test
  void tls_withAnotherPin_sendsNothing(@TempDir Path state) throws Exception {
    TestServer server = secure(Answer.json(200, PENDING));
    String pin = certificates.pin("other").text();
    assertThat(run(Person.NONE, state, with(server, "--pin", pin))).isEqualTo(Main.FAILED);
    assertThat(asked).isEmpty();
    assertThat(credential(state)).isEmpty();
  }

  @Test
  void tls_withoutAPin_letsAPersonCompareTheFingerprint(@TempDir Path state) throws Exception {
    TestServer server = secure(Answer.json(200, PENDING));
    assertThat(run(question -> Optional.of(false), state, with(server))).isEqualTo(Main.FAILED);
    assertThat(questions).singleElement().asString().contains(certificates.pin("ca").text());
    assertThat(asked).isEmpty();

    assertThat(run(question -> Optional.of(true), state, with(server))).isEqualTo(Main.DONE);
    assertThat(credential(state).orElseThrow().caPin()).contains(certificates.pin("ca"));
  }

  @Test
  void tls_withoutAPinAndAPerson_needsAFlag(@TempDir Path state) throws Exception {
    TestServer server = secure(Answer.json(200, PENDING));
    assertThat(run(Person.NONE, state, with(server))).isEqualTo(Main.USAGE);
    assertThat(said()).contains(certificates.pin("ca").text(), "--accept-fingerprint");
    assertThat(asked).isEmpty();

    assertThat(run(Person.NONE, state, with(server, "--accept-fingerprint"))).isEqualTo(Main.DONE);
    assertThat(credential(state).orElseThrow().caPin()).contains(certificates.pin("ca"));
  }

  @Test
  void tls_withATrustedCertificateForAnotherName_isRefused_whateverIsAccepted(@TempDir Path state)
      throws Exception {
    TestServer server = secure("elsewhere", Answer.json(200, PENDING));
    certificates.whileTrusted(() ->
        assertThat(run(Person.NONE, state, with(server, "--accept-fingerprint")))
            .isEqualTo(Main.FAILED));
    assertThat(said())
        .contains("its certificate is for other names: away.example (expected: --host with one");
    assertThat(asked).isEmpty();
    assertThat(credential(state)).isEmpty();
  }

  @Test
  void inClear_toAnotherMachine_needsAFlag(@TempDir Path state) {
    assertThat(run(Person.NONE, state, "--host", "10.0.0.1", "--code", "847291", "--plain"))
        .isEqualTo(Main.USAGE);
    assertThat(said()).contains("--allow-plaintext").doesNotContain("847291");
  }

  @Test
  void wrongUsage_isToldWithWhatWasExpected(@TempDir Path state) {
    assertThat(run(Person.NONE, state)).isEqualTo(Main.USAGE);
    assertThat(run(Person.NONE, state, "--host", "h")).isEqualTo(Main.USAGE);
    assertThat(run(Person.NONE, state, "--host", "h", "--code", "1", "--port", "x"))
        .isEqualTo(Main.USAGE);
    assertThat(run(Person.NONE, state, "--host", "h", "--code", "1", "--tls", "--plain"))
        .isEqualTo(Main.USAGE);
    assertThat(run(Person.NONE, state, "--host", "h", "muster://pair?host=h&code=1"))
        .isEqualTo(Main.USAGE);
    assertThat(said())
        .contains("--host is missing (expected:")
        .contains("--code is missing (expected: the six digits)")
        .contains("port: x (expected: 1..65535)")
        .contains("--tls and --plain (expected: one of them)");
  }
}
