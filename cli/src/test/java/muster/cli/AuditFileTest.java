package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// That these files are what a server gives is shown where there is one, in the integration tests.
final class AuditFileTest {
  @AutoClose private final FakeServer server = new FakeServer();
  private FakeTerminal terminal = new FakeTerminal();
  @TempDir private Path directory;
  private Path file;
  private final List<String> heads = new ArrayList<>();

  @BeforeEach
  void name() {
    file = directory.resolve("audit.jsonl");
  }

  private List<ObjectNode> rows(int count) {
    List<ObjectNode> rows = new ArrayList<>();
    String head = "";
    for (int seq = 1; seq <= count; seq++) {
      ObjectNode row =
          Json.object()
              .put("seq", seq)
              .put("at", "2026-04-15T14:30:%02d.5Z".formatted(seq % 60))
              .put("actor", "user:anna")
              .put("actor_id", "user:usr_1")
              .put("action", "device.update")
              .put("target", "dev_" + seq)
              .put("outcome", "ok")
              .put("surface", "kvmfleet")
              .put("address", "::1")
              .put("request_id", "req_1");
      row.putObject("detail").put("name", "a\n[audit] forged \u001b[31m").put("b", "ü😀");
      row.put("hash", "");
      head = new AuditRowHash().of(head, row).orElseThrow();
      row.put("hash", head);
      heads.add(seq + ":" + head);
      rows.add(row);
    }
    return rows;
  }

  private static List<String> lines(List<ObjectNode> rows) {
    List<String> lines = new ArrayList<>(rows.stream().map(Json::write).toList());
    ObjectNode last = rows.getLast();
    String head = last.path("seq").asText() + ":" + last.path("hash").asText();
    lines.add(Json.write(Json.object().put("head", head)));
    return lines;
  }

  private Cli verify(List<String> lines, String... more) throws IOException {
    Files.write(file, lines);
    List<String> args = new ArrayList<>(List.of("audit", "verify", file.toString()));
    args.addAll(List.of(more));
    return Cli.run(terminal, args.toArray(String[]::new));
  }

  @Test
  void wholeFile_isOk_withoutAServer() throws IOException {
    Cli run = verify(lines(rows(5)));

    assertThat(run)
        .isEqualTo(
            new Cli(
                0,
                "chain\tok\nchecked\t5\nfirst_bad\t\nproblem\t\nhead\t" + heads.get(4) + "\n",
                ""));
  }

  record Tampering(String what, int firstBad, Consumer<List<String>> with) {
    @Override
    public String toString() {
      return what;
    }
  }

  static Stream<Tampering> tamperings() {
    return Stream.of(
        new Tampering("a letter", 3, lines -> replace(lines, 2, "anna", "hanna")),
        new Tampering("the time, by a millisecond", 3, lines -> replace(lines, 2, ".5Z", ".501Z")),
        new Tampering("the outcome", 3, lines -> replace(lines, 2, "\"ok\"", "\"denied\"")),
        new Tampering("a fact", 3, lines -> replace(lines, 2, "forged", "true")),
        new Tampering("one bit of the hash", 3, lines -> replace(lines, 2, "\"hash\":\"", "$00")),
        new Tampering(
            "a field more", 3, lines -> replace(lines, 2, "{\"seq\"", "{\"x\":1,\"seq\"")),
        new Tampering(
            "a field twice",
            3,
            lines -> replace(lines, 2, "{\"seq\"", "{\"action\":\"x\",\"seq\"")),
        new Tampering("a number as text", 3, lines -> replace(lines, 2, ":3,", ":\"3\",")),
        new Tampering("no JSON", 3, lines -> lines.set(2, "{\"seq\":3,")),
        new Tampering("an empty line", 3, lines -> lines.add(2, "")),
        new Tampering("a row away", 4, lines -> lines.remove(2)),
        new Tampering("the first row away", 2, lines -> lines.remove(0)),
        new Tampering("a row twice", 3, lines -> lines.add(2, lines.get(2))),
        new Tampering("two rows swapped", 4, lines -> Collections.swap(lines, 2, 3)),
        new Tampering("the last row away", 6, lines -> lines.remove(5)),
        new Tampering("the end away", 4, lines -> lines.subList(3, 7).clear()),
        new Tampering("the head away", 7, lines -> lines.remove(6)),
        new Tampering("another head", 7, lines -> replace(lines, 6, "6:", "7:")),
        new Tampering("something behind the head", 7, lines -> lines.add("{}")));
  }

  private static void replace(List<String> lines, int index, String part, String by) {
    String line = lines.get(index);
    assertThat(line).contains(part);
    // `$`: the part with what follows changed, of the same length.
    int after = line.indexOf(part) + part.length();
    lines.set(
        index,
        by.startsWith("$")
            ? line.substring(0, after) + flipped(line.charAt(after)) + line.substring(after + 1)
            : line.replace(part, by));
  }

  private static char flipped(char digit) {
    return digit == '0' ? '1' : '0';
  }

  @ParameterizedTest
  @MethodSource("tamperings")
  void tampering_isFoundAndNamed(Tampering tampering) throws IOException {
    List<String> lines = lines(rows(6));
    tampering.with.accept(lines);

    Cli run = verify(lines);

    assertThat(run.exit()).isEqualTo(Exit.FAILURE);
    assertThat(run.out())
        .contains("chain\tbroken", "first_bad\t" + tampering.firstBad, "problem\t");
    assertThat(run.out()).doesNotContain("problem\t\n");
  }

  @Test
  void logWrittenAnew_isFoundByANotedHead() throws IOException {
    rows(6);
    String noted = heads.get(4);
    List<ObjectNode> others = rows(4);
    assertThat(verify(lines(others), "--head", noted).out()).contains("first_bad\t5", "are gone");

    String forged = "3:" + "0".repeat(64);
    terminal = new FakeTerminal();
    assertThat(verify(lines(others), "--head", forged).out()).contains("first_bad\t3", "anew");

    terminal = new FakeTerminal();
    assertThat(verify(lines(rows(9)), "--head", noted).exit()).isZero();
  }

  @Test
  void badHeadOrFile_isUsage() throws IOException {
    assertThat(verify(lines(rows(1)), "--head", "abc").exit()).isEqualTo(Exit.USAGE);
    Path missing = directory.resolve("missing");
    assertThat(Cli.run(terminal, "audit", "verify", missing.toString()).exit())
        .isEqualTo(Exit.USAGE);
    assertThat(terminal.errText()).contains("--head: abc (expected:", "missing: can't be read");
  }

  @Test
  void hostileNames_takeOneLineOfTheLog() {
    server.on(
        "GET /v1/audit",
        """
        {"entries":[{"seq":1,"at":"2026-04-15T14:30:00Z","actor":"user:a\\nserver\\tok",
        "action":"login","target":"x\\u001b[2K\\rforged\\u202e","outcome":"denied",
        "address":"::1","detail":{"n\\nm":"\\u2028line"}}]}\
        """);

    String table = Cli.run(server, terminal, "audit").out();

    assertThat(table.lines()).hasSize(2);
    assertThat(table.getBytes(StandardCharsets.UTF_8)).doesNotContain((byte) 0x1b, (byte) '\r');
    assertThat(table).doesNotContain("\u202e", "\u2028");
  }

  @Test
  void export_pagesThroughTheLog_andLeavesTheOldFileWhenItFails() throws IOException {
    Files.writeString(file, "old");
    server.on("GET /v1/audit", FakeServer.error(403, "User does not have permission audit:view"));
    assertThat(Cli.run(server, terminal, "audit", "export", file.toString()).exit())
        .isEqualTo(Exit.DENIED);
    assertThat(file).hasContent("old");

    List<String> rows = rows(3).stream().map(Json::write).toList();
    try (FakeServer other = new FakeServer()) {
      terminal = new FakeTerminal();
      other
          .on("GET /v1/audit?limit=1", page(rows.subList(2, 3)))
          .on("GET /v1/audit?order=oldest&limit=1000", page(rows.subList(0, 2)))
          .on("GET /v1/audit?order=oldest&limit=1000&cursor=2", page(rows.subList(2, 3)));
      Cli run = Cli.run(other, terminal, "audit", "export", file.toString());
      assertThat(run.exit()).isZero();
      assertThat(run.out()).contains("checked\t3", "head\t" + heads.get(2));
    }
    assertThat(Files.readAllLines(file)).hasSize(4);
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).containsExactly(file);
    }
  }

  private static String page(List<String> rows) {
    return "{\"entries\":[" + String.join(",", rows) + "]}";
  }
}
