package muster.cli;

import static muster.cli.FakeServer.error;
import static muster.cli.FakeServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BinaryCommandTest {
  /// Of `hello`.
  private static final String CHECKSUM =
      "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

  private static final String NONE = "{\"binaries\":[]}";
  private static final String ONE = "/v1/uploads/upl_1";

  @AutoClose private final FakeServer server = new FakeServer();
  private final FakeTerminal terminal = new FakeTerminal();
  @TempDir private Path directory;

  private static String binary() {
    return """
    {"id":"bin_1","name":"motd","version":"2.0.0","platform":"pi","architecture":null,
     "size_bytes":5,"checksum":"%s","available":true,"uploaded_by":"key:ci",
     "uploaded_at":"2026-04-15T14:30:00Z"}
    """
        .formatted(CHECKSUM);
  }

  private static String upload(int offset) {
    return "{\"id\":\"upl_1\",\"offset\":%d}".formatted(offset);
  }

  private Cli upload() throws IOException {
    Path file = Files.writeString(directory.resolve("motd"), "hello");
    return Cli.run(
        server,
        terminal,
        "binary",
        "upload",
        file.toString(),
        "--version",
        "2.0.0",
        "--platform",
        "pi");
  }

  @Test
  void upload_sendsTheFile_andPrintsItsId() throws IOException {
    server
        .on("GET /v1/binaries", NONE)
        .on("POST /v1/uploads", json(201, upload(0)))
        .on("GET " + ONE, upload(0))
        .on("PUT " + ONE, upload(5))
        .on("POST " + ONE + "/end", json(201, binary()));

    Cli run = upload();

    assertThat(run).isEqualTo(new Cli(Exit.OK, "bin_1\n", ""));
    FakeServer.Request begun = server.only("POST", "/v1/uploads");
    assertThat(begun.json().path("checksum").asText()).isEqualTo(CHECKSUM);
    assertThat(begun.json().path("name").asText()).isEqualTo("motd");
    assertThat(server.only("PUT", ONE).body()).isEqualTo("hello");
  }

  @Test
  void upload_begunBefore_sendsTheRest() throws IOException {
    server
        .on("GET /v1/binaries", NONE)
        .on("POST /v1/uploads", json(201, upload(2)))
        .on("GET " + ONE, upload(2))
        .on("PUT " + ONE, upload(5))
        .on("POST " + ONE + "/end", json(201, binary()));

    assertThat(upload().exit()).isEqualTo(Exit.OK);

    FakeServer.Request sent = server.only("PUT", ONE);
    assertThat(sent.target()).endsWith("?offset=2");
    assertThat(sent.body()).isEqualTo("llo");
  }

  @Test
  void upload_ofWhatIsThere_sendsNothing() throws IOException {
    server.on("GET /v1/binaries", "{\"binaries\":[" + binary() + "]}");

    assertThat(upload()).isEqualTo(new Cli(Exit.OK, "bin_1\n", "muster: it is there already\n"));
  }

  @Test
  void upload_withoutRoom_saysSoAtOnce() throws IOException {
    server.on("GET /v1/binaries", NONE).on("POST /v1/uploads", error(507, "no room for the file"));

    assertThat(upload()).isEqualTo(new Cli(Exit.FAILURE, "", "muster: no room for the file\n"));
  }

  @Test
  void list_isATable() {
    server.on("GET /v1/binaries", "{\"binaries\":[" + binary() + "]}");

    Cli run = Cli.run(server, terminal, "binary", "list", "--name", "motd");

    assertThat(run.out().lines())
        .containsExactly(
            "ID\tNAME\tVERSION\tPLATFORM\tARCH\tSIZE\tUPLOADED\tBY",
            "bin_1\tmotd\t2.0.0\tpi\t\t5\t2026-04-15T14:30:00Z\tkey:ci");
    assertThat(server.only("GET", "/v1/binaries").target()).endsWith("?name=motd");
  }

  @Test
  void delete_unasked_wantsYes() {
    server.on("GET /v1/binaries/bin_1", binary()).on("DELETE /v1/binaries/bin_1", json(204, ""));

    assertThat(Cli.run(server, terminal, "binary", "delete", "bin_1").exit()).isNotZero();
    Cli run = Cli.run(server, new FakeTerminal(), "binary", "delete", "bin_1", "--yes");

    assertThat(run.err()).isEqualTo("muster: motd 2.0.0 is deleted\n");
  }
}
