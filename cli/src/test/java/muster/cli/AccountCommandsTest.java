package muster.cli;

import static muster.cli.FakeServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logging in and out, and which server and token a run uses.
final class AccountCommandsTest {
  private static final String SESSION =
      """
      {"token":"sess_1","role":"operator","username":"anna","expires_at":"2026-04-16T14:33:00Z"}\
      """;

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();
  @TempDir private Path temporary;
  private Path home;

  AccountCommandsTest() {
    home = Path.of("");
  }

  @BeforeEach
  void newHome() {
    home = temporary.resolve("not yet/there");
    terminal.env.put("MUSTER_HOME", home.toString());
  }

  private Cli run(String... args) {
    return Cli.run(terminal, args);
  }

  private void profile(String json) throws IOException {
    Files.createDirectories(home);
    Files.writeString(home.resolve("cli.json"), json);
  }

  private String profile() throws IOException {
    return Json.read(Files.readString(home.resolve("cli.json"))).toString();
  }

  @Test
  void login_writesTheProfile() throws IOException {
    server.on("POST /api/login", SESSION);
    terminal.passwords.add("s3cret");

    Cli run = run("login", "--server", server.url() + "/", "--username", "anna");

    assertThat(run.exit()).isZero();
    assertThat(run.err())
        .isEqualTo("Password: muster: logged in to " + server.url() + " as anna (operator)\n");
    assertThat(server.requests.getFirst().body())
        .isEqualTo("{\"username\":\"anna\",\"password\":\"s3cret\"}");
    assertThat(server.requests.getFirst().header("Authorization")).isNull();
    assertThat(profile()).isEqualTo("{\"server\":\"" + server.url() + "\",\"token\":\"sess_1\"}");
    assertThat(Files.getPosixFilePermissions(home.resolve("cli.json")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (var files = Files.list(home)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void login_passwordFromStdin_andJsonWithoutTheToken() throws IOException {
    server.on("POST /api/login", SESSION);
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"mk_old\"}");
    terminal.type("p w\r\nrest");

    Cli run = run("login", "-u", "anna", "--password-stdin", "--json");

    assertThat(server.requests.getFirst().json().path("password").asText()).isEqualTo("p w");
    assertThat(run.out())
        .isEqualTo(
            "{\"server\":\""
                + server.url()
                + "\",\"username\":\"anna\",\"role\":\"operator\","
                + "\"expires_at\":\"2026-04-16T14:33:00Z\"}\n");
  }

  @Test
  void login_asksForTheName() {
    server.on("POST /api/login", SESSION);
    terminal.type("anna\n").inTerminal = true;
    terminal.passwords.add("x");

    assertThat(run("login", "--server", server.url()).err()).startsWith("Username: Password: ");
    assertThat(server.requests.getFirst().json().path("username").asText()).isEqualTo("anna");
  }

  @Test
  void login_nobodyToAsk_isUsage() {
    assertThat(run("login", "--server", server.url()).err()).contains("--username");
    assertThat(run("login", "--server", server.url(), "-u", "a").err())
        .contains("--password-stdin");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void login_wrongPassword_keepsTheProfile() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"mk_old\"}");
    server.on("POST /api/login", json(401, "{\"error\":\"unauthorized\",\"message\":\"no\"}"));
    terminal.passwords.add("x");

    Cli run = run("login", "-u", "anna");

    assertThat(run.exit()).isEqualTo(Exit.DENIED);
    assertThat(run.err()).endsWith("muster: wrong username or password\n");
    assertThat(profile()).contains("mk_old");
  }

  @Test
  void login_locked_saysWhenToTryAgain() {
    server.on(
        "POST /api/login",
        exchange -> {
          exchange.getResponseHeaders().set("Retry-After", "300");
          json(429, "{\"error\":\"too_many_requests\",\"message\":\"locked\"}").to(exchange);
        });
    terminal.passwords.add("x");

    assertThat(run("login", "--server", server.url(), "-u", "anna").err())
        .endsWith("muster: locked; try again in 300 s\n");
  }

  @Test
  void logout_endsTheSessionAndKeepsTheServer() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"sess_1\",\"ca_pin\":\"\"}");
    server.on("POST /api/logout", json(204, ""));

    assertThat(run("logout").exit()).isZero();
    assertThat(server.only("POST", "/api/logout").header("Authorization"))
        .isEqualTo("Bearer sess_1");
    assertThat(profile()).isEqualTo("{\"server\":\"" + server.url() + "\"}");
    assertThat(run("logout").exit()).isEqualTo(Exit.DENIED);
  }

  @Test
  void logout_sessionAlreadyOver_isForgotten() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"sess_1\"}");
    server.on("POST /api/logout", json(401, "{\"message\":\"expired\"}"));

    assertThat(run("logout").exit()).isZero();
    assertThat(profile()).doesNotContain("token");
  }

  @Test
  void logout_key_isOnlyForgottenHere() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"mk_1\"}");

    assertThat(run("logout").exit()).isZero();
    assertThat(server.requests).isEmpty();
  }

  @Test
  void profile_isUsed() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"mk_profile\",\"later\":1}");
    server.on("GET /v1/devices", Samples.devices());

    assertThat(run("devices").exit()).isZero();
    assertThat(server.requests.getFirst().header("Authorization")).isEqualTo("Bearer mk_profile");
  }

  @Test
  void profilesToken_isNotSentToAnotherServer() throws IOException {
    profile("{\"server\":\"http://elsewhere:18781\",\"token\":\"mk_profile\"}");

    Cli run = run("devices", "--server", server.url());

    assertThat(run.exit()).isEqualTo(Exit.DENIED);
    assertThat(run.err())
        .isEqualTo("muster: not logged in to " + server.url() + "; log in with: muster login\n");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void optionBeforeEnvironmentBeforeProfile() throws IOException {
    profile("{\"server\":\"" + server.url() + "\",\"token\":\"mk_profile\"}");
    server.on("GET /v1/devices", Samples.devices());

    terminal.env.put("MUSTER_TOKEN", "mk_env");
    run("devices");
    run("devices", "--token", "mk_option");

    assertThat(server.requests)
        .extracting(request -> request.header("Authorization"))
        .containsExactly("Bearer mk_env", "Bearer mk_option");
  }

  @Test
  void noProfile_saysHowToGetOne() {
    assertThat(run("devices"))
        .isEqualTo(
            new Cli(
                Exit.USAGE,
                "",
                "muster: no server configured: start one with ./muster up, or muster login"
                    + " --server URL\n"));
  }

  @Test
  void brokenProfile_saysHowToMendIt() throws IOException {
    profile("{");
    assertThat(run("devices").err()).contains("is not JSON; write it anew: muster login");
    profile("[]");
    assertThat(run("devices").err()).contains("no \"server\" in it");
  }

  @Test
  void badServer_isUsage() {
    for (String bad :
        new String[] {
          "example", "ftp://x", "http://", "http://h?x", "http://u:p@h", "http://a b"
        }) {
      assertThat(run("devices", "--server", bad, "--token", "t").exit()).isEqualTo(Exit.USAGE);
    }
    assertThat(terminal.errText().lines())
        .hasSize(6)
        .allMatch(line -> line.contains("(expected: "));
  }

  @Test
  void badPin_isUsage() {
    assertThat(run("devices", "--server", "https://h", "--token", "t", "--ca-pin", "sha1/x").err())
        .contains("ca_pin: sha1/x (expected: sha256/");
  }
}
