package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static muster.cli.FakeServer.error;
import static muster.cli.FakeServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `muster cp` while servers restart, files change and others write beside it.
final class CpTroubleTest {
  /// Of `hello`.
  private static final String CHECKSUM =
      "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private static final String ONE = "/v1/transfers/xfr_1";
  private static final String CONTENT = "GET " + ONE + "/content";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();
  @TempDir private Path directory;

  @BeforeEach
  void aDevice() {
    server.on("GET /v1/devices", Samples.devices(Samples.DEVICE));
  }

  private static String transfer(boolean ended) {
    return """
    {"id":"xfr_1","status":"%s","size_bytes":5,"bytes_done":0,"checksum":"%s","error":"",
     "finished_at":%s}
    """
        .formatted(
            ended ? "completed" : "queued", CHECKSUM, ended ? "\"2026-04-15T14:32:00Z\"" : "null");
  }

  private static void hello(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(206, 5);
    exchange.getResponseBody().write("hello".getBytes(UTF_8));
  }

  private Cli fetch(FakeServer.Answer... contents) {
    server
        .on("POST /v1/devices/dev_1/transfers", json(201, transfer(false)))
        .on("GET " + ONE, error(503, "starting"), error(429, "too many"), json(200, transfer(true)))
        .on(CONTENT, contents)
        .on("DELETE " + ONE, transfer(true));
    return Cli.run(server, terminal, "cp", "web-1:/etc/motd", directory.resolve("motd").toString());
  }

  @Test
  void fromADevice_bearsWithAServerThatRestarts() {
    Cli run = fetch(error(503, "starting"), error(429, "too many"), CpTroubleTest::hello);

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(directory.resolve("motd")).hasContent("hello");
    assertThat(terminal.sleeps)
        .containsExactly(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofMillis(500),
            Duration.ofSeconds(1));
  }

  @Test
  void fromADevice_givesUpAfterAMinute_andNamesWhatIsStillThere() {
    Cli run =
        fetch(exchange -> {
          throw new IOException("cut");
        });

    assertThat(run.exit()).isEqualTo(Exit.UNREACHABLE);
    assertThat(run.err()).contains("; xfr_1 is still there: muster transfers web-1");
    assertThat(terminal.sleeps.stream().reduce(Duration.ZERO, Duration::plus))
        .isBetween(Duration.ofMinutes(1), Duration.ofSeconds(75));
    assertThat(directory).isEmptyDirectory();
    assertThat(server.all("DELETE", ONE)).isEmpty();
  }

  @Test
  @Timeout(30)
  void download_thatStalls_goesOnOnAnotherConnection() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    server.on(
        CONTENT,
        exchange -> {
          exchange.sendResponseHeaders(206, 5);
          exchange.getResponseBody().write("hel".getBytes(UTF_8));
          exchange.getResponseBody().flush();
          over.await();
        },
        exchange -> {
          exchange.sendResponseHeaders(206, 2);
          exchange.getResponseBody().write("lo".getBytes(UTF_8));
        });
    Api api =
        new Api(new Connection(URI.create(server.url()), Optional.of("mk_test"), Optional.empty()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    String checksum =
        new Download(api, ONE + "/content", 5, Duration.ofMillis(300))
            .to(out, new Progress(terminal, "from"), new Patience(terminal, "it is there"));
    over.countDown();

    assertThat(out.toString(UTF_8)).isEqualTo("hello");
    assertThat(checksum).isEqualTo(CHECKSUM);
  }

  @Test
  void fromADevice_leavesAlone_whatStandsBesideIt() throws IOException {
    Path victim = Files.writeString(directory.resolve("victim"), "mine");
    Files.createSymbolicLink(directory.resolve("motd.part"), victim);
    Path target = Files.writeString(directory.resolve("motd"), "old");
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));

    assertThat(fetch(CpTroubleTest::hello).exit()).isZero();

    assertThat(victim).hasContent("mine");
    assertThat(directory.resolve("motd.part")).isSymbolicLink();
    assertThat(target).hasContent("hello");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
        .isEqualTo("rw-r-----");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("victim", "motd.part", "motd");
  }

  @Test
  void fromADevice_aNewFileGetsTheModeOfNewFiles_andIsPrivateUntilThen() throws IOException {
    Path plain = Files.createFile(directory.resolve("plain"));

    Cli run =
        fetch(exchange -> {
          Path part =
              Arrays.stream(directory.toFile().listFiles())
                  .map(File::toPath)
                  .filter(file -> file.toString().endsWith(".part"))
                  .findFirst()
                  .orElseThrow();
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(part)))
              .isEqualTo("rw-------");
          hello(exchange);
        });

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(Files.getPosixFilePermissions(directory.resolve("motd")))
        .isEqualTo(Files.getPosixFilePermissions(plain));
  }

  @Test
  void fromADevice_toWhatIsNoFile_isRefused() {
    Cli run = Cli.run(server, terminal, "cp", "web-1:/etc/motd", "/dev/null");

    assertThat(run).isEqualTo(new Cli(Exit.USAGE, "", "muster: /dev/null: not a regular file\n"));
  }

  @Test
  void toADevice_aFileThatGrows_isSentAsItWas() throws IOException {
    UploadStream sent =
        new UploadStream(
            new ByteArrayInputStream("hello and more".getBytes(UTF_8)),
            5,
            new Progress(terminal.asTerminal(80), "to"));

    assertThat(new String(sent.readAllBytes(), UTF_8)).isEqualTo("hello");
    assertThat(sent.checksum()).isEqualTo(CHECKSUM);
    assertThat(sent.hasShrunk()).isFalse();
    assertThat(Progress.line("to", 9, 5, 0)).isEqualTo("to  [" + "#".repeat(24) + "] 100%  9 B");
  }

  @Test
  void toADevice_aFileThatShrinks_isSaidSo() throws Exception {
    server.on("PUT /v1/devices/dev_1/files", json(201, transfer(false)));
    terminal.env.put("MUSTER_SERVER", server.url());
    terminal.env.put("MUSTER_TOKEN", "mk_test");
    terminal.env.put("MUSTER_HOME", "/nonexistent");
    Copy copy = new Copy(new Session(terminal));
    JsonNode device = Json.read(Samples.DEVICE);
    InputStream shorter = new ByteArrayInputStream("hell".getBytes(UTF_8));

    assertThatThrownBy(() -> copy.send(shorter, 5, device, "/etc/motd", null, true))
        .isInstanceOf(Failure.class)
        .hasMessage("the file became shorter while it was sent; nothing was changed");
  }
}
