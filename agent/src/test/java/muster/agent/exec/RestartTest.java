package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import muster.agent.hash.Sha256;
import muster.agent.journal.Entry;
import muster.agent.journal.Journal;
import muster.agent.state.Directory;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;

/// What is known of executions later: told again, after a restart, forgotten.
class RestartTest extends ExecutionsCase {
  @Test
  void redelivered_isNotStartedAgain() throws Exception {
    Path counter = directory.resolve("count");
    String args = "{\"command\":\"echo x >> " + counter + "\"}";
    run("e1", args);
    assertThat(execute("e1", 2, args, 60)).isEqualTo(ExecutionState.FINISHED);
    executions.forget("e1", 1);
    assertThat(execute("e1", 3, args, 60)).isEqualTo(ExecutionState.FINISHED);
    restart();
    assertThat(execute("e1", 4, args, 60)).isEqualTo(ExecutionState.FINISHED);

    assertThat(result("e1").attempt()).isEqualTo(4);
    assertThat(counter).hasContent("x");
  }

  @Test
  void redelivered_whileItRuns_answersRunning() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);

    assertThat(execute("e1", 2, "{\"command\":\"sleep 600\"}", 600))
        .isEqualTo(ExecutionState.RUNNING);
    executions.cancel("e1");
    assertThat(result("e1").attempt()).isEqualTo(2);
  }

  @Test
  void restart_keepsOutputAndResult() throws Exception {
    run("e1", "{\"command\":\"echo hello\"}");
    ToolResult before = result("e1");
    restart();

    assertThat(result("e1")).isEqualTo(before);
    assertThat(text("e1", Channel.STDOUT)).isEqualTo("hello\n");
  }

  @Test
  void restart_runningOne_isInterruptedAndItsProcessesKilled() throws Exception {
    execute("e1", 1, "{\"command\":\"echo $$; sleep 600\"}", 600);
    await().until(() -> !chunks("e1").isEmpty());
    await().until(() -> journal.find("e1").flatMap(Entry::process).isPresent());
    Executions abandoned = executions;

    try (Journal after = journalAfterKill()) {
      executions = recover(after);
      assertThat(result("e1").status()).isEqualTo(ToolStatus.INTERRUPTED);
      assertThat(text("e1", Channel.STDOUT)).isNotEmpty();
      assertGone(text("e1", Channel.STDOUT).strip());
    }
    assertThat(abandoned.awaitEnds(Duration.ofSeconds(20))).isTrue();
    executions = abandoned;
  }

  @Test
  void restart_interruptedOne_runsAgainOnlyIfIdempotentAndDeliveredAgain() throws Exception {
    String args = "{\"command\":\"echo first; sleep 600\"}";
    String again = "{\"command\":\"echo second\"}";
    execute("e1", 1, args, 600);
    await().until(() -> !chunks("e1").isEmpty());
    await().until(() -> journal.find("e1").flatMap(Entry::process).isPresent());
    Executions abandoned = executions;

    try (Journal after = journalAfterKill()) {
      executions = recover(after);
      assertThat(execute("e1", 1, again, 60, true)).isEqualTo(ExecutionState.FINISHED);
      assertThat(execute("e1", 2, again, 60, false)).isEqualTo(ExecutionState.FINISHED);
      assertThat(result("e1").status()).isEqualTo(ToolStatus.INTERRUPTED);

      assertThat(execute("e1", 3, again, 60, true)).isEqualTo(ExecutionState.RUNNING);
      assertThat(result("e1").status()).isEqualTo(ToolStatus.COMPLETED);
      assertThat(result("e1").attempt()).isEqualTo(3);
      assertThat(text("e1", Channel.STDOUT)).isEqualTo("second\n");
      assertThat(execute("e1", 4, again, 60, true)).isEqualTo(ExecutionState.FINISHED);
    }
    assertThat(abandoned.awaitEnds(Duration.ofSeconds(20))).isTrue();
    executions = abandoned;
  }

  /// What a kill of the agent now would leave.
  private Journal journalAfterKill() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("after-kill"));
    Files.write(copy.resolve("journal"), Files.readAllBytes(directory.resolve("journal")));
    return Journal.open(new Directory(copy), InstantSource.system());
  }

  @Test
  void forget_ofAnEarlierDelivery_changesNothing() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);
    execute("e1", 2, "{\"command\":\"sleep 600\"}", 600);
    executions.forget("e1", 1);

    assertThat(executions.unacknowledged()).hasSize(1);
    assertThat(journal.find("e1").flatMap(Entry::result)).isEmpty();
  }

  @Test
  void forget_deletesOutput_remembersOutcome() throws Exception {
    run("e1", "{\"command\":\"echo hello\"}");
    executions.forget("e1", 1);

    assertThat(executions.unacknowledged()).isEmpty();
    assertThat(files()).isEmpty();
    assertThat(journal.find("e1").flatMap(Entry::result)).isPresent();
  }

  @Test
  void forget_runningOne_isStopped() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);
    executions.forget("e1", 1);

    await().until(() -> journal.find("e1").flatMap(Entry::result).isPresent());
    await().until(() -> files().isEmpty());
    assertThat(executions.unacknowledged()).isEmpty();
  }

  @Test
  void finished_leavesNoFilesButTheSpool() throws Exception {
    run("e1", "{\"command\":\"true\",\"stdin\":\"x\"}");

    assertThat(files()).hasSize(1).allMatch(name -> name.endsWith(".out"));
  }

  @Test
  void restart_fileThatAToolWasMaking_isRemoved() throws Exception {
    Path spool = directory.resolve("spool");
    String hash = Sha256.shortHex("e1");
    Path made = Files.writeString(directory.toRealPath().resolve(".muster-" + hash), "half of");
    Path other = Files.writeString(directory.toRealPath().resolve("other"), "whole");
    Files.writeString(spool.resolve(hash + ".making"), made.toString());
    Files.writeString(spool.resolve("0.making"), other.toString());
    restart();

    assertThat(made).doesNotExist();
    assertThat(other).exists();
    assertThat(files()).isEmpty();
  }

  @Test
  void restart_runningJob_isInterrupted() throws Exception {
    allow("{\"http\":{\"allow\":[\"127.0.0.0/8\"]}}");
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String args = "{\"url\":\"http://127.0.0.1:" + silent.getLocalPort() + "\"}";
      execute("e1", "http_request", args, 60);
      Executions abandoned = executions;
      try (Journal after = journalAfterKill()) {
        executions = recover(after);
        assertThat(result("e1").status()).isEqualTo(ToolStatus.INTERRUPTED);
      }
      abandoned.cancel("e1");
      assertThat(abandoned.awaitEnds(Duration.ofSeconds(20))).isTrue();
      executions = abandoned;
    }
  }
}
