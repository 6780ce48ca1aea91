package muster.cli;

import static muster.cli.FakeServer.error;
import static muster.cli.FakeServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CpCommandTest {
  /// Of `hello`.
  private static final String CHECKSUM =
      "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private static final String FILES = "PUT /v1/devices/dev_1/files";
  private static final String ONE = "/v1/transfers/xfr_1";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();
  @TempDir private Path directory;

  private Cli run(String... args) {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
    return Cli.run(server, terminal, args);
  }

  private static String transfer(String status, String error) {
    boolean ended = !status.equals("queued");
    return """
    {"id":"xfr_1","status":"%s","size_bytes":5,"bytes_done":%d,"checksum":"%s","error":"%s",
     "finished_at":%s}
    """
        .formatted(
            status, ended ? 5 : 0, CHECKSUM, error, ended ? "\"2026-04-15T14:32:00Z\"" : "null");
  }

  private Path file() throws IOException {
    return Files.writeString(directory.resolve("motd"), "hello");
  }

  @Test
  void toADevice_sendsTheFile_andWaitsForItsEnd() throws IOException {
    server.on(FILES, json(201, transfer("queued", ""))).on("GET " + ONE, transfer("completed", ""));

    Cli run = run("cp", file().toString(), "web-1:/etc/", "--mode", "0600");

    assertThat(run.exit()).isEqualTo(Exit.OK);
    assertThat(run.err()).isEqualTo("muster: web-1:/etc/motd: 5 B\n");
    FakeServer.Request sent = server.only("PUT", "/v1/devices/dev_1/files");
    assertThat(sent.target()).endsWith("?path=%2Fetc%2Fmotd&mode=0600");
    assertThat(sent.body()).isEqualTo("hello");
    assertThat(sent.header("Content-length")).isEqualTo("5");
  }

  @Test
  void toADevice_thatCouldNotTakeIt_saysWhy() throws IOException {
    server
        .on(FILES, json(201, transfer("queued", "")))
        .on("GET " + ONE, transfer("failed", "denied by the device's policy: write"));

    Cli run = run("cp", file().toString(), "web-1:/etc/motd");

    assertThat(run)
        .isEqualTo(new Cli(Exit.FAILURE, "", "muster: denied by the device's policy: write\n"));
  }

  @Test
  void toADevice_otherBytesOnTheServer_areDropped() throws IOException {
    server
        .on(FILES, json(201, transfer("queued", "").replace("sha256:2c", "sha256:00")))
        .on("DELETE " + ONE, transfer("cancelled", "cancelled"));

    Cli run = run("cp", file().toString(), "web-1:/etc/motd");

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(server.only("DELETE", ONE)).isNotNull();
  }

  @Test
  void noWait_endsWhenTheServerHasIt() throws IOException {
    server.on(FILES, json(201, transfer("queued", "")));

    Cli run = run("cp", file().toString(), "web-1:/etc/motd", "--no-wait");

    assertThat(run.exit()).isEqualTo(Exit.OK);
    assertThat(run.err()).contains("when the device has it: xfr_1");
  }

  @Test
  void fromADevice_goesOnBehindWhatBroke_andIsDroppedThere() throws IOException {
    server
        .on("POST /v1/devices/dev_1/transfers", json(201, transfer("queued", "")))
        .on("GET " + ONE, transfer("completed", ""))
        .on(
            "GET " + ONE + "/content",
            exchange -> {
              exchange.sendResponseHeaders(206, 5);
              exchange.getResponseBody().write("hel".getBytes(StandardCharsets.UTF_8));
              exchange.getResponseBody().flush();
              throw new IOException("cut");
            },
            exchange -> {
              exchange.sendResponseHeaders(206, 2);
              exchange.getResponseBody().write("lo".getBytes(StandardCharsets.UTF_8));
            })
        .on("DELETE " + ONE, transfer("completed", ""));

    Cli run = run("cp", "web-1:/etc/motd", directory.toString());

    assertThat(run.exit()).as(run.err()).isEqualTo(Exit.OK);
    assertThat(directory.resolve("motd")).hasContent("hello");
    assertThat(server.requests.stream().filter(r -> r.target().endsWith("/content")))
        .extracting(request -> request.header("Range"))
        .containsExactly("bytes=0-", "bytes=3-");
    assertThat(server.only("DELETE", ONE)).isNotNull();
  }

  @Test
  void fromADevice_otherBytes_leaveNoFile() {
    server
        .on("POST /v1/devices/dev_1/transfers", json(201, transfer("queued", "")))
        .on("GET " + ONE, transfer("completed", ""))
        .on(
            "GET " + ONE + "/content",
            exchange -> {
              exchange.sendResponseHeaders(206, 5);
              exchange.getResponseBody().write("jello".getBytes(StandardCharsets.UTF_8));
            });

    Cli run = run("cp", "web-1:/etc/motd", directory.resolve("copy").toString());

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.err()).contains("what arrived is not what was sent");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void wrongUsage_isSaidBeforeAnythingIsAsked() throws IOException {
    assertThat(run("cp", "a", "b").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("cp", "web-1:/a", "web-2:/b").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("cp", directory.toString(), "web-1:/a").err()).contains("not a regular file");
    assertThat(run("cp", directory.resolve("x").toString(), "web-1:/a").err())
        .contains("no such file");
    assertThat(run("cp", "-", "web-1:/etc/").exit()).isEqualTo(Exit.USAGE);
    assertThat(run("cp", "web-1:/a", "b", "--mode", "0644").exit()).isEqualTo(Exit.USAGE);
    assertThat(server.requests).isEmpty();
  }

  @Test
  void refusal_isTheServersSentence() throws IOException {
    server.on(FILES, error(507, "no room for the file"));

    assertThat(run("cp", file().toString(), "web-1:/etc/motd").err())
        .isEqualTo("muster: no room for the file\n");
  }

  @Test
  void transfers_areListed() {
    server.on(
        "GET /api/devices/dev_1/transfers",
        """
        {"transfers":[{"transfer_id":"xfr_1","direction":"upload","path":"/etc/motd",
         "size_bytes":1572864,"bytes_done":5,"checksum":null,"status":"running","error":null,
         "created_at":"2026-04-15T14:32:00Z","finished_at":null}],"total":1}
        """);

    assertThat(run("transfers", "web-1", "--status", "running").out())
        .isEqualTo(
            """
            ID\tSTATUS\tDIRECTION\tSIZE\tDONE\tCREATED\tPATH\tERROR
            xfr_1\trunning\tupload\t1572864\t5\t2026-04-15T14:32:00Z\t/etc/motd\t
            """);
  }

  @Test
  void progress_saysHowFarHowFastAndHowLong() {
    assertThat(Progress.line("to web-1", 1 << 20, 4 << 20, 512 << 10))
        .isEqualTo("to web-1  [######------------------]  25%  1.0 MiB  512.0 KiB/s  0:06 left");
    assertThat(Progress.line("from web-1", 999, -1, 0)).isEqualTo("from web-1  999 B");
    assertThat(Progress.line("to x", 1, 100L << 30, 1 << 20)).endsWith("28:26:39 left");
  }
}
