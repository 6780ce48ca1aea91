package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCommandTest {
  /// Of `store`.
  private static final String SHA256 =
      "6a5a847f44ef38f1be16117d1f01e1cb9b4dc1f6ac2abd1e7e5b2bde4d2aa23f";

  @TempDir Path directory;

  private static byte[] zip(String sha256) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("store/muster.db"));
      zip.write("store".getBytes(UTF_8));
      zip.putNextEntry(new ZipEntry("manifest.json"));
      zip.write(
          """
          {"format":1,"at":"2026-04-15T14:30:00Z","version":"0.1.0",
           "members":[{"name":"store/muster.db","size":5,"sha256":"%s"}]}
          """
              .formatted(sha256)
              .getBytes(UTF_8));
    }
    return bytes.toByteArray();
  }

  private Cli run(byte[] body, Path file) {
    try (FakeServer server = new FakeServer()) {
      server.on(
          "POST /v1/backup",
          exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(body);
          });
      return Cli.run(server, new FakeTerminal(), "backup", file.toString());
    }
  }

  private static String sha256() throws IOException {
    try {
      return java.util.HexFormat.of()
          .formatHex(
              java.security.MessageDigest.getInstance("SHA-256").digest("store".getBytes(UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IOException(e);
    }
  }

  @Test
  void backup_writesWhatArrived_forTheOwnerOnly_andSaysThatItIsSecret() throws IOException {
    Path file = directory.resolve("b.zip");
    Cli cli = run(zip(sha256()), file);
    assertThat(cli.exit()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("file\t" + file).contains("0.1.0");
    assertThat(cli.err()).contains("secrets");
    assertThat(Files.readAllBytes(file)).isEqualTo(zip(sha256()));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void backup_thatArrivedDamagedOrCut_leavesNoFile() throws IOException {
    byte[] whole = zip(sha256());
    for (byte[] bad : new byte[][] {zip(SHA256), Arrays.copyOf(whole, whole.length / 2), {}}) {
      Path file = directory.resolve("b.zip");
      Cli cli = run(bad, file);
      assertThat(cli.exit()).isEqualTo(1);
      assertThat(cli.err()).contains("no backup was made");
      assertThat(Files.list(directory)).isEmpty();
    }
  }

  @Test
  void backup_overAFileThatIsThere_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("b.zip"), "precious");
    assertThat(run(zip(sha256()), file).exit()).isEqualTo(2);
    assertThat(file).hasContent("precious");
  }

  @Test
  void doctor_printsALineEach_andFailsWhenSomethingFails() {
    try (FakeServer server = new FakeServer()) {
      String checks =
          """
          {"version":"x","time":"2026-04-15T14:30:00Z","checks":[
           {"status":"ok","check":"disk","what":"9 MiB free","advice":""},
           {"status":"%s","check":"store","what":"bad\\u001b[2J","advice":"restore"}]}
          """;
      server.on(
          "GET /v1/doctor",
          FakeServer.json(200, checks.formatted("FAIL")),
          FakeServer.json(200, checks.formatted("warn")));
      Cli cli = Cli.run(server, new FakeTerminal(), "doctor");
      assertThat(cli.exit()).isEqualTo(1);
      assertThat(cli.out())
          .contains("ok    disk         9 MiB free\n")
          .contains("FAIL  store        bad\\u001b[2J  — restore\n")
          .contains("warn  version");
      Cli json = Cli.run(server, new FakeTerminal(), "doctor", "--json");
      assertThat(json.exit()).isZero();
      assertThat(json.out()).contains("\"ok\":true");
    }
  }

  @Test
  void doctor_withoutAServer_saysSo() {
    FakeTerminal terminal = new FakeTerminal();
    terminal.env.put("MUSTER_SERVER", "http://127.0.0.1:9");
    terminal.env.put("MUSTER_TOKEN", "mk_test");
    Cli cli = Cli.run(terminal, "doctor");
    assertThat(cli.exit()).isEqualTo(1);
    assertThat(cli.out()).startsWith("FAIL  server").contains("doctor --data");
  }
}
