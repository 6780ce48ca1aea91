package muster.cli;

import static muster.cli.FakeServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Tokens, keys and users.
final class AccessTest {
  private static final String TOKENS = "/v1/devices/enrollment";
  private static final String KEYS = "/api/auth/keys";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void tokenCreate_printsTheInstallCommandAlone() {
    server.on(
        "POST " + TOKENS,
        """
        {"id":"enr_1","token":"ekvent_X","expires_at":"2026-04-15T15:03:00Z",
         "install_cmd":"curl -sSL http://h/install | sh -s -- --token ekvent_X"}\
        """);

    Cli run = run("token", "create", "--name", "DC1-R3-S8", "--tag", "prod");

    assertThat(run.out()).isEqualTo("curl -sSL http://h/install | sh -s -- --token ekvent_X\n");
    assertThat(run.err()).contains("good once, until 2026-04-15T15:03:00Z (in 30m)");
    assertThat(server.only("POST", TOKENS).body())
        .isEqualTo("{\"suggested_name\":\"DC1-R3-S8\",\"suggested_tags\":[\"prod\"]}");
  }

  @Test
  void tokenCreate_withoutAnything_sendsAnEmptyObject() {
    server.on("POST " + TOKENS, "{\"id\":\"enr_1\",\"install_cmd\":\"x\"}");

    assertThat(run("token", "create", "--json").out())
        .isEqualTo("{\"id\":\"enr_1\",\"install_cmd\":\"x\"}\n");
    assertThat(server.only("POST", TOKENS).body()).isEqualTo("{}");
  }

  @Test
  void tokenList_isATable() {
    server.on(
        "GET " + TOKENS,
        """
        {"tokens":[{"id":"enr_1","suggested_name":null,"suggested_tags":["a","b"],
          "created_at":"2026-04-15T14:00:00Z","expires_at":"2026-04-15T14:30:00Z",
          "created_by":"user:anna"}]}\
        """);

    assertThat(run("token", "list").out())
        .isEqualTo(
            """
            ID\tNAME\tTAGS\tCREATED\tEXPIRES\tBY
            enr_1\t\ta,b\t2026-04-15T14:00:00Z\t2026-04-15T14:30:00Z\tuser:anna
            """);
  }

  @Test
  void delete_ofTokenKeyAndUser() {
    server
        .on("DELETE " + TOKENS + "/enr_1", json(204, ""))
        .on("DELETE " + KEYS + "/key_1", json(204, ""))
        .on("DELETE /api/users/anna%20b", json(204, ""));

    assertThat(run("token", "delete", "enr_1").err()).contains("enr_1 is deleted");
    assertThat(run("key", "delete", "key_1").exit()).isZero();
    assertThat(run("user", "delete", "anna b", "-y", "--json").out())
        .isEqualTo("{\"deleted\":\"anna b\"}\n");
    assertThat(run("token", "delete", "enr_2").exit()).isEqualTo(Exit.NOT_FOUND);
  }

  @Test
  void keyCreate_printsTheKeyAlone() {
    server.on("POST " + KEYS, json(201, "{\"id\":\"key_1\",\"key\":\"mk_secret\"}"));

    Cli run =
        run(
            "key",
            "create",
            "--role",
            "operator",
            "--name",
            "ci",
            "--expires",
            "30d",
            "--scope",
            "tag:prod");

    assertThat(run.out()).isEqualTo("mk_secret\n");
    assertThat(run.err()).contains("not shown again (key_1)");
    assertThat(server.only("POST", KEYS).body())
        .isEqualTo(
            "{\"name\":\"ci\",\"role\":\"operator\",\"expires_in_seconds\":2592000,"
                + "\"scope\":\"tag:prod\"}");
  }

  @Test
  void keyCreate_withoutRole_isUsage() {
    assertThat(run("key", "create").exit()).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).contains("--role");
  }

  @Test
  void keyCreate_roleAboveOnesOwn_isDenied() {
    server.on(
        "POST " + KEYS,
        json(
            403,
            "{\"error\":\"forbidden\",\"message\":\"not above your own role\",\"status\":403}"));

    assertThat(run("key", "create", "--role", "owner"))
        .isEqualTo(new Cli(Exit.DENIED, "", "muster: not above your own role\n"));
  }

  @Test
  void keyList_onTerminal_saysNever() {
    server.on(
        "GET " + KEYS,
        """
        {"keys":[{"id":"key_1","name":"ci","role":"viewer","scope":null,
          "created_at":"2026-04-15T14:32:59Z","last_used_at":null,"expires_at":null}],"total":1}\
        """);

    assertThat(Cli.run(server, terminal.asTerminal(100), "key", "list").out())
        .isEqualTo(
            """
            ID     NAME  ROLE    SCOPE  CREATED  LAST USED  EXPIRES
            key_1  ci    viewer  -      now      never      never
            """);
  }

  @Test
  void userList_isATable() {
    server.on(
        "GET /api/users",
        """
        {"users":[{"username":"anna","role":"admin","disabled":true,
          "created_at":"2026-04-15T14:00:00Z","last_login_at":null}],"total":1}\
        """);

    assertThat(run("user", "list").out())
        .contains("anna\tadmin\tdisabled\t2026-04-15T14:00:00Z\t\n");
  }

  @Test
  void userCreate_asksTwiceForThePassword() {
    server.on("POST /api/users", json(201, "{\"username\":\"anna\",\"role\":\"viewer\"}"));
    terminal.passwords.addAll(List.of("s3cret", "s3cret"));

    Cli run = run("user", "create", "anna", "--role", "viewer");

    assertThat(run.exit()).isZero();
    assertThat(server.only("POST", "/api/users").body())
        .isEqualTo("{\"username\":\"anna\",\"password\":\"s3cret\",\"role\":\"viewer\"}");
    assertThat(run.out() + run.err()).doesNotContain("s3cret");
  }

  @Test
  void userCreate_passwordsDiffer_isUsage() {
    terminal.passwords.addAll(List.of("a", "b"));

    assertThat(run("user", "create", "anna", "--role", "viewer").err()).contains("differ");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void userCreate_withoutTerminal_pointsAtStdin() {
    assertThat(run("user", "create", "anna", "--role", "viewer").err())
        .contains("--password-stdin");
  }

  @Test
  void userSet_sendsOnlyWhatWasGiven() {
    server.on("PATCH /api/users/anna", "{\"username\":\"anna\"}");
    terminal.type("new one\n");

    run("user", "set", "anna", "--password-stdin");
    run("user", "set", "anna", "--role", "admin", "--disable");
    run("user", "set", "anna", "--enable");

    assertThat(server.all("PATCH", "/api/users/anna"))
        .extracting(FakeServer.Request::body)
        .containsExactly(
            "{\"password\":\"new one\"}",
            "{\"role\":\"admin\",\"disabled\":true}",
            "{\"disabled\":false}");
  }

  @Test
  void userSet_nothing_isUsage() {
    assertThat(run("user", "set", "anna").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("user", "set", "anna", "--enable", "--disable").exit()).isEqualTo(Exit.USAGE);
  }
}
