package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.JsonObject;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;

/// Commands as processes of this host.
class CommandTest extends ExecutionsCase {
  @Test
  void command_bothStreams_arriveNumbered() throws Exception {
    ToolResult result = run("e1", "{\"command\":\"echo out; echo err >&2; exit 3\"}");

    assertThat(result.status()).isEqualTo(ToolStatus.COMPLETED);
    assertThat(result.exitCode()).hasValue(3);
    assertThat(result.error()).isEmpty();
    assertThat(text("e1", Channel.STDOUT)).isEqualTo("out\n");
    assertThat(text("e1", Channel.STDERR)).isEqualTo("err\n");
    assertThat(chunks("e1")).extracting(ToolOutput::seq).containsExactly(1L, 2L);
  }

  @Test
  void argv_startedAsItIs_withDirectoryEnvironmentAndInput() throws Exception {
    Path cwd = Files.createDirectory(directory.resolve("a 'b"));
    String args =
        JsonObject.builder()
            .put("argv", List.of("sh", "-c", "pwd; echo \"$X-ö$1\"; cat", "sh", "$(id)'\n\"ü"))
            .put("cwd", cwd.toString())
            .put("env", JsonObject.builder().put("X", "a'b\nc€").put("x.y", "z").build())
            .put("stdin", "ïn\nput")
            .build()
            .toString();

    run("e1", args);

    assertThat(text("e1", Channel.STDOUT))
        .isEqualTo(cwd.toRealPath() + "\na'b\nc€-ö$(id)'\n\"ü\nïn\nput");
  }

  @Test
  void command_noInput_readsEmpty() throws Exception {
    assertThat(run("e1", "{\"command\":\"cat; echo end\"}").exitCode()).hasValue(0);
    assertThat(text("e1", Channel.STDOUT)).isEqualTo("end\n");
  }

  @Test
  void command_secretOfAgent_notInherited() throws Exception {
    run("e1", "{\"command\":\"env\"}");

    assertThat(text("e1", Channel.STDOUT)).doesNotContain("MUSTER_ENROLL_TOKEN");
  }

  @Test
  void command_ownProcessGroupAndSession() throws Exception {
    run("e1", "{\"argv\":[\"sh\",\"-c\",\"cut -d ' ' -f 1,5,6 /proc/$$/stat\"]}");

    String[] ids = text("e1", Channel.STDOUT).strip().split(" ");
    assertThat(ids).hasSize(3).containsOnly(ids[0]);
  }

  @Test
  void command_killedBySignal_exitCode128Plus() throws Exception {
    assertThat(run("e1", "{\"command\":\"kill -KILL $$\"}").exitCode()).hasValue(137);
  }

  @Test
  void missingProgramOrDirectory_failed() throws Exception {
    ToolResult noProgram = run("e1", "{\"argv\":[\"no-such-program\"]}");
    ToolResult noDirectory = run("e2", "{\"command\":\"true\",\"cwd\":\"/no/such\"}");

    assertThat(noProgram.status()).isEqualTo(ToolStatus.FAILED);
    assertThat(noProgram.error()).contains("no-such-program: not found or not executable");
    assertThat(noDirectory.error()).contains("/no/such: no such directory");
  }

  @Test
  void binaryOutput_survives() throws Exception {
    run("e1", "{\"command\":\"printf 'a\\\\377\\\\000b'\"}");

    assertThat(chunks("e1").get(0).dataB64()).isPresent();
    assertThat(bytes("e1")).isEqualTo(new byte[] {'a', -1, 0, 'b'});
  }

  @Test
  void longOutput_headGapAndTail() throws Exception {
    ToolResult result = run("e1", "{\"command\":\"seq 1 400000\"}");

    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= 400_000; i++) {
      all.append(i).append('\n');
    }
    List<ToolOutput> chunks = chunks("e1");
    long gap = chunks.stream().mapToLong(chunk -> chunk.gapBytes().orElse(0)).sum();
    String told = text("e1", Channel.STDOUT);
    assertThat(result.truncated()).isTrue();
    assertThat(chunks).filteredOn(chunk -> chunk.gapBytes().isPresent()).hasSize(1);
    assertThat(told.length() + gap).isEqualTo(all.length());
    assertThat(told.substring(0, HeadTail.HEAD)).isEqualTo(all.substring(0, HeadTail.HEAD));
    assertThat(told.substring(HeadTail.HEAD)).hasSize(HeadTail.TAIL);
    assertThat(all.toString()).endsWith(told.substring(HeadTail.HEAD));
  }

  @Test
  void timeout_killsTheWholeGroup() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600 & echo $!; wait\"}", 1);
    ToolResult result = result("e1");

    assertThat(result.status()).isEqualTo(ToolStatus.TIMED_OUT);
    assertThat(result.error()).contains("timed out after 1 s");
    assertGone(text("e1", Channel.STDOUT).strip());
  }

  @Test
  void cancel_ignoringTerm_isKilledAfterTheGrace() throws Exception {
    execute("e1", 1, "{\"command\":\"trap '' TERM; echo $$; while :; do sleep 1; done\"}", 600);
    await().until(() -> !chunks("e1").isEmpty());
    executions.cancel("e1");
    ToolResult result = result("e1");

    assertThat(result.status()).isEqualTo(ToolStatus.CANCELLED);
    assertThat(result.exitCode()).hasValue(137);
    assertThat(result.durationMs()).isGreaterThanOrEqualTo(Execution.GRACE.toMillis());
    assertGone(text("e1", Channel.STDOUT).strip());
  }

  @Test
  void cancel_unknownOrEnded_isNothing() throws Exception {
    executions.cancel("nobody");
    ToolResult before = run("e1", "{\"command\":\"true\"}");
    executions.cancel("e1");

    assertThat(result("e1")).isEqualTo(before);
  }

  @Test
  void backgroundChild_holdingThePipes_doesNotHoldTheResult() throws Exception {
    ToolResult result = run("e1", "{\"command\":\"sleep 600 & echo $!\"}");
    String child = text("e1", Channel.STDOUT).strip();

    assertThat(result.status()).isEqualTo(ToolStatus.COMPLETED);
    assertThat(result.durationMs()).isLessThan(30_000);
    assertThat(ProcTable.startTicks(Long.parseLong(child))).isPresent();
    new ProcessBuilder("kill", "-KILL", child).start().waitFor();
    assertThat(threads("reader")).isZero();
  }

  @Test
  void outputOfChildren_rightAfterTheEnd_isKept() throws Exception {
    run("e1", "{\"command\":\"(sleep 0.2; echo late) & exit 0\"}");

    assertThat(text("e1", Channel.STDOUT)).isEqualTo("late\n");
  }

  @Test
  void firstOutput_comesBeforeTheEnd() {
    execute("e1", 1, "{\"command\":\"echo first; sleep 600\"}", 600);

    await().until(() -> text("e1", Channel.STDOUT).equals("first\n"));
    assertThat(tracked("e1").known().state()).isEqualTo(ExecutionState.RUNNING);
  }
}
