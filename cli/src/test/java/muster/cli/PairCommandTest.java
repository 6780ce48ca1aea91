package muster.cli;

import static muster.cli.FakeServer.error;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

final class PairCommandTest {
  private static final String PATH = "/api/devices/pair";
  private static final String COMMAND = "muster-agent pair --host muster.example --code 084291";
  private static final String CREATED =
      """
      {"code":"084291","expires_at":"2026-04-15T14:38:00Z","qr_url":"/api/devices/pair/qr",\
      "id":"pair_1","pair_cmd":"%s"}\
      """
          .formatted(COMMAND);

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String created, List<String> states, String... args) {
    server
        .on("POST " + PATH, created)
        .on("GET " + PATH + "/qr", "▄█▄\n▀ ▀\n")
        .on("GET /v1/devices/dev_1", Samples.DEVICE.replace("approved", "pending"));
    states.forEach(state -> server.on("GET " + PATH + "/pair_1", state));
    return Cli.run(server, terminal, args);
  }

  private static String state(String status, String device) {
    return "{\"id\":\"pair_1\",\"status\":\"%s\",\"device_id\":%s}".formatted(status, device);
  }

  @Test
  void pair_forPrograms_printsTheCommandAlone() {
    Cli run = run(CREATED, List.of(), "pair", "--no-wait");

    assertThat(run.out()).isEqualTo(COMMAND + "\n");
    assertThat(run.err())
        .contains("the code is 084291, good once, until 2026-04-15T14:38:00Z (in 5m)");
    assertThat(run.exit()).isZero();
    assertThat(server.only("POST", PATH).body()).isEqualTo("{}");
    assertThat(server.all("GET", PATH + "/qr")).isEmpty();
  }

  @Test
  void pair_onATerminal_showsTheQrDarkOnLight() {
    terminal.asTerminal(80);
    Cli run = run(CREATED, List.of(), "pair", "--no-wait", "--auto-approve");

    assertThat(run.out())
        .isEqualTo(COMMAND + "\n\n\u001b[97;40m▄█▄\u001b[0m\n\u001b[97;40m▀ ▀\u001b[0m\n");
    assertThat(server.only("GET", PATH + "/qr").header("Accept")).isEqualTo("text/plain");
    assertThat(server.only("POST", PATH).body()).isEqualTo("{\"auto_approve\":true}");
  }

  @Test
  void pair_waitsForTheMachine_andSaysWhoCame() {
    Cli run =
        run(
            CREATED,
            List.of(state("open", "null"), state("open", "null"), state("used", "\"dev_1\"")),
            "pair");

    assertThat(run.exit()).isZero();
    assertThat(terminal.sleeps).hasSize(2);
    assertThat(run.err())
        .contains("web-1 (dev_1) is here and pending; let it in with: muster approve dev_1");
  }

  @Test
  void pair_nobodyComes_fails() {
    for (String end : List.of("expired", "void")) {
      try (FakeServer other = new FakeServer()) {
        other.on("POST " + PATH, CREATED).on("GET " + PATH + "/pair_1", state(end, "null"));
        Cli run = Cli.run(other, new FakeTerminal(), "pair");
        assertThat(run.exit()).isEqualTo(Exit.FAILURE);
        assertThat(run.err()).contains("no machine came; the code is " + end);
      }
    }
  }

  @Test
  void pair_json_isWhatTheServerSays() {
    Cli run = run(CREATED, List.of(state("used", "\"dev_1\"")), "pair", "--json");

    assertThat(run.out().lines())
        .containsExactlyElementsOf(Stream.of(CREATED, state("used", "\"dev_1\"")).toList());
  }

  @Test
  void pair_loopback_tellsWhatToPutInstead() {
    Cli run = run(CREATED.replace("muster.example", "127.0.0.1"), List.of(), "pair", "--no-wait");

    assertThat(run.err()).contains("put an address of this one behind --host");
  }

  @Test
  void pair_notAllowed_isToldSo() {
    server.on("POST " + PATH, error(403, "User does not have permission device:register"));

    assertThat(Cli.run(server, terminal, "pair").exit()).isEqualTo(Exit.DENIED);
  }
}
