package muster.it.agents;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Log streams of files on the real agent.
class LogFileTest {
  @TempDir private static Path directory;
  private static TestMuster muster;
  private static RealAgent agent;

  @TempDir private Path logs;
  private Path log;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    agent = RealAgent.start(muster, directory);
    awaitReady(muster, agent.device());
  }

  /// It is online from its greeting on, and takes orders from the answer to that on.
  static void awaitReady(TestMuster muster, String device) {
    String path = "/api/agents/" + device + "/stream/logs?source=file&path=/nothing";
    await().until(() -> muster.admin().get(path).text("error").contains("no such file"));
  }

  @AfterAll
  static void stop() {
    agent.close();
    muster.close();
  }

  @BeforeEach
  void path() throws IOException {
    log = logs.toRealPath().resolve("app.log");
  }

  private void write(String text) throws IOException {
    Files.writeString(log, text, CREATE, APPEND);
  }

  private URI url(String more) {
    return muster
        .url()
        .resolve(
            "/api/agents/%s/stream/logs?source=file&path=%s&token=%s%s"
                .formatted(
                    agent.device(),
                    URLEncoder.encode(log.toString(), StandardCharsets.UTF_8),
                    muster.adminKey(),
                    more));
  }

  private Events open(String more) {
    return Events.open(url(more));
  }

  private TestReply refused(String query) {
    return muster.admin().get("/api/agents/" + agent.device() + "/stream/logs?" + query);
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: the last lines of a file come, then each new one, as events with ids")
  void file_tailThenNewLines() throws IOException {
    write("one\ntwo\nthree\n");
    try (Events events = open("&tail=2")) {
      assertThat(events.header("content-type")).startsWith("text/event-stream");
      assertThat(events.header("cache-control")).isEqualTo("no-store");
      assertThat(events.header("x-accel-buffering")).isEqualTo("no");
      assertThat(events.nextOfAll()).isEqualTo(new Events.Event("", "retry", "3000"));
      assertThat(events.lines(2)).containsExactly("two", "three");
      write("four\nfi");
      Events.Event four = events.next();
      assertThat(four.data()).isEqualTo("four");
      assertThat(four.id()).matches("[!-~]+");
      write("ve\r\n");
      assertThat(events.line()).isEqualTo("five");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: without follow the last lines are all")
  void follow_false_endsBehindTheLastLine() throws IOException {
    write("one\ntwo\nthree\n");
    try (Events events = open("&tail=2&follow=false")) {
      assertThat(events.lines(2)).containsExactly("two", "three");
      assertThat(events.next().name()).isEqualTo(Events.END);
    }
    try (Events events = open("&tail=0&follow=false")) {
      assertThat(events.next().name()).isEqualTo(Events.END);
    }
  }

  @Test
  @Tag("F134")
  @DisplayName(
      "F134: a file that is renamed, and written to under its old name's heir, loses nothing")
  void rotation_byRename_losesAndRepeatsNothing() throws IOException {
    write("1\n");
    try (Events events = open("&tail=10")) {
      assertThat(events.line()).isEqualTo("1");
      write("2\n");
      Path old = log.resolveSibling("app.log.1");
      Files.move(log, old);
      Files.createFile(log);
      // A program that has not noticed yet writes on.
      Files.writeString(old, "3\nthe rest", APPEND);
      assertThat(events.lines(2)).containsExactly("2", "3");
      write("4\n5\n");
      assertThat(events.lines(3)).containsExactly("the rest", "4", "5");
      Files.delete(log);
      write("6\n");
      assertThat(events.line()).isEqualTo("6");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a file that is cut short is read from its beginning")
  void rotation_byTruncation_losesAndRepeatsNothing() throws IOException {
    write("a long first line\n");
    try (Events events = open("&tail=10")) {
      Events.Event first = events.next();
      for (int i = 0; i < 3; i++) {
        try (FileChannel file = FileChannel.open(log, WRITE)) {
          file.truncate(0);
        }
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        write("line " + i + "\n");
        Events.Event next = events.next();
        assertThat(next.data()).isEqualTo("line " + i);
        assertThat(next.id()).isNotEqualTo(first.id());
      }
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a reader that comes back with its last event's id misses and repeats nothing")
  void lastEventId_isGoneOnBehind() throws IOException {
    write("1\n2\n");
    String id;
    try (Events events = open("&tail=1")) {
      id = events.next().id();
    }
    // Nobody watches now: what the device does not find, nobody has.
    awaitNoFeeds();
    write("3\n4\n");
    try (Events again = Events.open(url("&tail=1"), Map.of("Last-Event-ID", id));
        Events besides = Events.open(url(""), Map.of("Last-Event-ID", id))) {
      assertThat(again.lines(2)).containsExactly("3", "4");
      assertThat(besides.lines(2)).containsExactly("3", "4");
      write("5\n");
      assertThat(again.line()).isEqualTo("5");
      assertThat(besides.line()).isEqualTo("5");
    }
    awaitNoFeeds();
    Files.delete(log);
    write("6\n7\n");
    try (Events after = open("&tail=1&after=" + id)) {
      assertThat(after.next()).isEqualTo(new Events.Event("", "gap", "{\"missed\":null}"));
      assertThat(after.line()).isEqualTo("7");
    }
  }

  @AfterEach
  void awaitNoFeeds() {
    await().until(() -> muster.server().logFeeds() == 0);
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: what is no UTF-8, lone carriage returns and NUL do not break the stream")
  void binaryBytes_areShownAsTheyCanBe() throws IOException {
    Files.write(
        log,
        new byte[] {'a', (byte) 0xff, (byte) 0xfe, 'b', '\n', 'x', '\r', 'y', 0, 'z', '\n'},
        CREATE,
        APPEND);
    write("data: no field\nid: 7\n\nlast\n");
    try (Events events = open("&tail=10")) {
      assertThat(events.lines(6))
          .containsExactly("a\ufffd\ufffdb", "x\ny\0z", "data: no field", "id: 7", "", "last");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: of a line of 10 MB the first 16 KiB come, and how much more there is")
  void hugeLine_isCut_andCostsTheAgentNoMemory() throws IOException {
    write("x".repeat(10_000_000) + "\nafter\n" + "\u0001".repeat(1_000_000) + "\nlast\n");
    try (Events events = open("&tail=10")) {
      assertThat(events.line())
          .isEqualTo("x".repeat(16_384) + " … (" + (10_000_000 - 16_384) + " more bytes)");
      assertThat(events.line()).isEqualTo("after");
      assertThat(events.line()).startsWith("\u0001").endsWith(" more bytes)");
      assertThat(events.line()).isEqualTo("last");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: 50,000 lines a second do not break the stream, and cost the agent no memory")
  void fastLog_arrivesInOrder() throws IOException {
    write("");
    int count = 100_000;
    try (Events events = open("&tail=0")) {
      for (int from = 0; from < count; from += 5_000) {
        write(
            IntStream.range(from, from + 5_000)
                .mapToObj(i -> i + " " + "x".repeat(90) + "\n")
                .collect(Collectors.joining()));
      }
      long next = 0;
      while (next < count) {
        Events.Event event = events.next();
        if (event.name().equals("gap")) {
          next += Long.parseLong(event.data().replaceAll("\\D", ""));
        } else {
          assertThat(event.data()).startsWith(next + " ");
          next++;
        }
      }
    }
    assertThat(agent.peakKib()).isLessThan(200 * 1024L);
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: what is no file, or missing, or no log, is refused before the stream begins")
  void badSources_areRefused() throws IOException {
    assertRefused("source=file", 400, "path");
    String path = "path=" + log;
    assertRefused("source=journald&" + path, 400, "path");
    assertRefused("source=syslog", 400, "source");
    assertRefused("source=file&unit=nginx&" + path, 400, "unit");
    assertRefused("source=file&path=relative", 400, "path");
    assertRefused("source=file&path=/a/./b", 400, "path");
    assertRefused("source=journald&unit=-u", 400, "unit");
    assertRefused("source=journald&unit=a%20b", 400, "unit");
    assertRefused("source=journald&unit=" + "u".repeat(257), 400, "unit");
    assertRefused("tail=1001", 400, "tail");
    assertRefused("after=a%0Ab", 400, "Last-Event-ID");
    assertRefused("follow=maybe", 400, "follow");
    assertRefused("source=file&" + path, 409, "no such file");
    assertRefused("source=file&path=" + log.getParent(), 409, "directory, not a regular file");
    assertRefused("source=file&path=/dev/null", 409, "closed to all tools");
    Process mkfifo = new ProcessBuilder("mkfifo", log.toString()).start();
    await().until(() -> !mkfifo.isAlive());
    assertRefused("source=file&" + path, 409, "special, not a regular file");
  }

  private void assertRefused(String query, int status, String message) {
    TestReply reply = refused(query).expect(status);
    assertThat(reply.json().fieldNames()).toIterable().contains("error");
    assertThat(reply.text("error")).as(reply.request()).contains(message);
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: the device's policy says which logs are read")
  void policy_denies() throws IOException {
    write("1\n");
    agent.policy("{\"tools\":{\"deny\":[\"logs\"]}}");
    try {
      assertRefused("source=file&path=" + log, 409, "tools.deny has logs");
      agent.policy("{\"read\":{\"deny\":[\"" + log.getParent() + "\"]}}");
      assertRefused("source=file&path=" + log, 409, "read.deny has " + log.getParent());
      agent.policy("{\"read\":{\"allow\":[\"/srv\"]}}");
      assertRefused("source=journald", 409, "not in read.allow");
    } finally {
      agent.noPolicy();
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: more than sixteen logs at once are refused")
  void tooManyLogs_areRefused() throws IOException {
    List<Path> files = IntStream.range(0, 16).mapToObj(i -> logs.resolve("log" + i)).toList();
    List<Events> open = new ArrayList<>();
    try {
      for (Path file : files) {
        Files.writeString(file, "1\n");
        log = file.toRealPath();
        open.add(open(""));
      }
      log = logs.toRealPath().resolve("one more");
      write("1\n");
      assertRefused(
          "source=file&path=" + URLEncoder.encode(log.toString(), StandardCharsets.UTF_8),
          409,
          "too many logs");
    } finally {
      open.forEach(Events::close);
    }
    awaitNoFeeds();
  }
}
