package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// What holds for every command: help, errors, exit codes; and the commands about the program.
final class MusterTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();

  private Cli run(String... args) {
    return Cli.run(server, terminal, args);
  }

  @Test
  void help_listsEveryCommandAndExitCode() {
    Cli run = run("--help");

    assertThat(run.exit()).isZero();
    assertThat(run.out())
        .contains(
            "\nServer:\n  up ", "\n  serve ", "\nDevices:\n  devices ", "\n  audit ", "\n  logs ")
        .contains("    5  the server cannot be reached", "  124  timed out there");
    assertThat(Cli.run(server, new FakeTerminal()).out()).isEqualTo(run.out());
  }

  @Test
  void everyCommand_hasHelpOfAtMost80Columns_inEvenParagraphs() {
    List<String> names = new ArrayList<>();
    help(Muster.commandLine(terminal), names);

    assertThat(names).contains("muster device set", "muster audit verify", "muster user create");
  }

  private void help(CommandLine command, List<String> names) {
    names.add(command.getCommandSpec().qualifiedName());
    FakeTerminal fresh = new FakeTerminal();
    String[] words = command.getCommandSpec().qualifiedName().split(" ");
    words[0] = "help";

    Cli run = Cli.run(server, fresh, words);

    assertThat(run.exit()).isZero();
    assertThat(run.out()).contains("Usage: muster").doesNotContain("@|", "\u001b");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(continued(run.out().lines().toList())).allMatch(line -> line.length() >= 40);
    new ArrayList<>(command.getSubcommands().values())
        .stream().distinct().forEach(sub -> help(sub, names));
  }

  /// The lines of paragraphs that are not their last.
  private static List<String> continued(List<String> help) {
    int usage =
        IntStream.range(0, help.size())
            .filter(i -> help.get(i).startsWith("Usage:"))
            .findFirst()
            .orElseThrow();
    return IntStream.range(usage + 1, help.size() - 1)
        .filter(i -> help.get(i).matches("\\S.*") && help.get(i + 1).matches("\\S.*"))
        .mapToObj(help::get)
        .toList();
  }

  @Test
  void unknownCommand_suggests() {
    assertThat(run("devcies"))
        .isEqualTo(
            new Cli(
                Exit.USAGE,
                "",
                "muster: no such command: devcies; did you mean devices? (muster --help)\n"));
  }

  @Test
  void unknownOption_andTooMuch_areUsage() {
    assertThat(run("devices", "--bogus").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("devices", "extra").err()).contains("too much: extra (muster devices --help)");
    assertThat(run("devices", "--limit", "x\u001b").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("help", "bogus").exit()).isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).doesNotContain("\u001b");
  }

  @Test
  void serverCommands_pointAtTheScript() {
    assertThat(run("up", "x").err()).contains("run it as ./muster up");
    assertThat(run("serve").exit()).isEqualTo(Exit.USAGE);
  }

  @ParameterizedTest
  @CsvSource({
    "400, 2", "401, 3", "403, 3", "404, 4", "409, 1", "410, 4", "413, 2", "415, 2", "429, 1",
    "500, 1", "503, 5"
  })
  void statusOfTheServer_isInTheExitCode(int status, int exit) {
    server.on("GET /v1/devices", FakeServer.error(status, "the server's words"));

    Cli run = run("devices");

    assertThat(run.exit()).isEqualTo(exit);
    assertThat(run.err()).startsWith("muster: the server's words").hasLineCount(1);
  }

  @Test
  void unauthorized_saysHowToLogIn() {
    server.on("GET /v1/devices", FakeServer.error(401, "unknown token"));

    assertThat(run("devices").err())
        .isEqualTo("muster: unknown token; log in with: muster login\n");
  }

  @Test
  void internalError_namesTheRequest() {
    server.on("GET /v1/devices", FakeServer.error(500, "internal error"));

    assertThat(run("devices").err())
        .isEqualTo("muster: internal error (req_1 in the server's log)\n");
  }

  @Test
  void hostileErrorText_isWrittenOut() {
    server.on("GET /v1/devices", FakeServer.error(400, "a\u001b]0;x\u0007\nb"));

    assertThat(run("devices").err()).isEqualTo("muster: a\\u001b]0;x\\u0007\\nb\n");
  }

  @Test
  void notMuster_isSaid() {
    server.on("GET /v1/devices", "<html>");
    assertThat(run("devices").err()).contains("does not answer like a Muster server");

    FakeServer other = new FakeServer().on("GET /v1/devices", FakeServer.json(502, "<html>"));
    try (other) {
      Cli run = Cli.run(other, new FakeTerminal(), "devices");
      assertThat(run.err()).isEqualTo("muster: " + other.url() + " answered HTTP 502\n");
      assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
    }
  }

  @Test
  void nobodyListens_isUnreachable() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port;

    Cli run = run("devices", "--server", url);

    assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
    assertThat(run.err())
        .isEqualTo(
            "muster: cannot reach "
                + url
                + ": nothing listens there; is the server running (./muster up)?\n");
  }

  @Test
  void noSuchHost_isUnreachable() {
    assertThat(run("devices", "--server", "http://nowhere.invalid").err())
        .isEqualTo("muster: cannot reach http://nowhere.invalid: no such host\n");
  }

  @Test
  void debug_showsTheStackTrace() {
    terminal.env.put("MUSTER_DEBUG", "1");

    assertThat(run("device", "--server", "nonsense", "x").err())
        .contains("muster.cli.Failure", "\tat muster.cli");
  }

  @Test
  void status_joinsServerAndSelf() {
    server
        .on(
            "GET /v1/server",
            """
            {"version":"0.1.0","public_url":"http://h:18781","started_at":"2026-04-15T14:33:00Z",
             "ca_sha256":"ab","devices":3,"online":2}\
            """)
        .on(
            "GET /api/me",
            "{\"kind\":\"key\",\"username\":null,\"name\":\"ci\",\"role\":\"viewer\"}");

    assertThat(run("status").out())
        .contains(
            "version\t0.1.0\n", "devices\t3\n", "online\t2\n", "you_are\tci\n", "role\tviewer\n");

    assertThat(Cli.run(server, new FakeTerminal(), "status", "--json").out())
        .startsWith("{\"server\":{\"version\":\"0.1.0\"")
        .contains("\"me\":{\"kind\":\"key\"");
  }

  @Test
  void version_needsNoServer() {
    assertThat(Cli.run(new FakeTerminal(), "version").out()).isEqualTo("muster unpackaged\n");
    assertThat(Cli.run(new FakeTerminal(), "--json", "version").out())
        .isEqualTo("{\"version\":\"unpackaged\"}\n");
  }

  @Test
  void completion_knowsCommandsAndOptions() {
    String script = run("completion", "bash").out();

    assertThat(script)
        .contains("complete -F _complete_muster")
        .contains("devices", "--filter", "verify", "up serve")
        .isEqualTo(Cli.run(server, new FakeTerminal(), "completion", "zsh").out());
    assertThat(run("completion", "fish").exit()).isEqualTo(Exit.USAGE);
  }
}
