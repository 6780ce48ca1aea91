package muster.it.agents;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Log streams of journald on the real agent, with a `journalctl` that reads a file of ours: its
/// entries are that file's lines, the cursor of line n is `s=1;i=n`.
class LogJournalTest {
  private static final String JOURNALCTL =
      """
      #!/bin/sh
      journal=%1$s/journal
      echo "$@" >>%1$s/calls
      lines=all after=0 at=0 follow=no
      for word; do
        case $word in
          --lines=*) lines=${word#*=} ;;
          --after-cursor=*) after=${word##*=} ;;
          --cursor=*) at=${word##*=} ;;
          --follow) follow=yes ;;
        esac
      done
      if [ "$lines" = 0 ]; then cat %1$s/said; exit; fi
      if [ $at != 0 ]; then exec sed -n "${at}p" $journal; fi
      if [ $follow = no ] && [ $after = 0 ]; then exec tail -n "$lines" $journal; fi
      if [ $follow = no ]; then exec tail -n +$((after + 1)) $journal; fi
      echo $$ >>%1$s/pids
      tail -n +$((after + 1)) -F $journal &
      wait
      """;

  @TempDir private Path directory;
  @TempDir private Path bin;
  private TestMuster muster;
  private RealAgent agent;
  private int entries;

  @BeforeEach
  void start() throws IOException {
    Path program = Files.writeString(bin.resolve("journalctl"), JOURNALCTL.formatted(bin));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Files.writeString(bin.resolve("said"), "");
    Files.writeString(bin.resolve("journal"), "");
    muster = TestMuster.start();
    agent =
        RealAgent.start(
            muster,
            directory,
            Map.of(
                "PATH",
                bin + ":" + Optional.ofNullable(System.getenv("PATH")).orElse(""),
                "LC_ALL",
                "C"));
    LogFileTest.awaitReady(muster, agent.device());
  }

  @AfterEach
  void stop() {
    agent.close();
    muster.close();
  }

  /// @param message as JSON
  private void entry(String message) throws IOException {
    entries++;
    Files.writeString(
        bin.resolve("journal"),
        "{\"MESSAGE\":" + message + ",\"__CURSOR\":\"s=1;i=" + entries + "\"}\n",
        CREATE,
        APPEND);
  }

  private URI url(String more) {
    return muster
        .url()
        .resolve(
            "/api/agents/%s/stream/logs?source=journald&unit=nginx&token=%s%s"
                .formatted(agent.device(), muster.adminKey(), more));
  }

  private ProcessHandle follower() throws IOException {
    Path pids = bin.resolve("pids");
    String[] known =
        await()
            .until(
                () -> Files.exists(pids) ? Files.readString(pids).split("\n") : new String[0],
                words -> words.length > 0 && !words[0].isEmpty());
    return ProcessHandle.of(Long.parseLong(known[known.length - 1])).orElseThrow();
  }

  private static void awaitGone(ProcessHandle process) {
    await().untilAsserted(() -> assertThat(process.isAlive()).isFalse());
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a unit's last entries come, then each new one, text, bytes or nothing")
  void unit_historyThenNewEntries() throws IOException {
    entry("\"one\"");
    entry("\"two\"");
    entry("[116,104,255,10,114]");
    Events events = Events.open(url("&tail=2"));
    assertThat(events.next()).isEqualTo(new Events.Event("s=1;i=2", "message", "two"));
    assertThat(events.line()).isEqualTo("th\ufffd\nr");
    entry("null");
    entry("[\"a\",\"b\"]");
    entry("\"" + "x".repeat(1_000_000) + "\"");
    entry("\"last\"");
    assertThat(events.line()).isEmpty();
    assertThat(events.line()).isEqualTo("a\nb");
    assertThat(events.line()).startsWith("xxx").endsWith(" more bytes)").hasSizeLessThan(17_000);
    assertThat(events.next()).isEqualTo(new Events.Event("s=1;i=7", "message", "last"));
    assertThat(Files.readString(bin.resolve("calls"))).contains("--unit=nginx");
    ProcessHandle follower = follower();
    assertThat(follower.isAlive()).isTrue();
    events.close();
    awaitGone(follower);

    entry("\"meanwhile\"");
    try (Events back = Events.open(url(""), Map.of("Last-Event-ID", "s=1;i=7"))) {
      assertThat(back.line()).isEqualTo("meanwhile");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: what stands behind an entry comes whole, without waiting for more")
  void behindAnEntry_withoutFollowing() throws IOException {
    for (String message : List.of("\"one\"", "\"two\"", "\"three\"")) {
      entry(message);
    }
    try (Events events = Events.open(url("&tail=0&follow=false&after=s=1;i=1"))) {
      assertThat(events.line()).isEqualTo("two");
      assertThat(events.line()).isEqualTo("three");
      assertThat(events.next().name()).isEqualTo(Events.END);
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: an entry to go on behind that is gone is a gap, and the last lines come")
  void goneEntry_isAGap() throws IOException {
    entry("\"one\"");
    entry("\"two\"");
    try (Events events = Events.open(url("&tail=1&after=s=0;i=2"))) {
      assertThat(events.next().name()).isEqualTo("gap");
      assertThat(events.line()).isEqualTo("two");
      entry("\"three\"");
      assertThat(events.line()).isEqualTo("three");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a path that the device can't read as one is refused with its words")
  void unspeakablePath_isRefused() {
    assertThat(
            muster
                .admin()
                .get(
                    "/api/agents/"
                        + agent.device()
                        + "/stream/logs?source=file&path=/var/log/%C3%A4.log")
                .expect(409)
                .text("error"))
        .contains("path", "locale can spell");
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: journalctl ends with the agent, even one that is killed")
  void killedAgent_leavesNoJournalctl() throws Exception {
    entry("\"one\"");
    try (Events events = Events.open(url(""))) {
      assertThat(events.line()).isEqualTo("one");
      entry("\"two\"");
      assertThat(events.line()).isEqualTo("two");
      ProcessHandle follower = follower();
      agent.kill();
      awaitGone(follower);
      assertThat(events.last().data()).contains("the device's connection ended");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: where there is no journal, or the agent may not read it, the answer says so")
  void noJournal_isSaid() throws IOException {
    Files.writeString(bin.resolve("said"), "No journal files were found.\n");
    assertThat(refusal()).contains("no journal to read here: No journal files were found.");
    Files.writeString(
        bin.resolve("said"),
        "Hint: You are currently not seeing messages from other users and the system.\n");
    assertThat(refusal()).contains("not seeing messages from other users");
  }

  private String refusal() {
    return muster
        .admin()
        .get("/api/agents/" + agent.device() + "/stream/logs?source=journald&unit=nginx")
        .expect(409)
        .text("error");
  }
}
