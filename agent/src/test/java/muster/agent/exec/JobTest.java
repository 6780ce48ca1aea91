package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import muster.agent.journal.Entry;
import muster.agent.journal.ProcessMark;
import muster.agent.policy.Limits;
import muster.agent.policy.Policy;
import muster.agent.state.Directory;
import muster.agent.tool.Desk;
import muster.agent.tool.Job;
import muster.agent.tool.Tools;
import muster.wire.Channel;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolResult;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.Test;

/// Tools that are no processes.
class JobTest extends ExecutionsCase {
  @Test
  void job_printsAndEnds_asACommandDoes() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "some text");
    ToolResult result = run("e1", "read_file", path(file));

    assertThat(result.status()).isEqualTo(ToolStatus.COMPLETED);
    assertThat(result.exitCode()).hasValue(0);
    assertThat(result.error()).isEmpty();
    assertThat(text("e1", Channel.STDOUT)).isEqualTo("some text");
    assertThat(journal.find("e1").flatMap(Entry::result)).contains(result);
    ToolResult failed = run("e2", "read_file", path(directory.resolve("none")));
    assertThat(failed.status()).isEqualTo(ToolStatus.FAILED);
    assertThat(failed.exitCode()).isEmpty();
    assertThat(failed.error()).contains(directory.resolve("none") + ": no such file or directory");
  }

  @Test
  void job_thatMakesAFile_leavesNoNoteOfIt() throws Exception {
    Path file = directory.resolve("file");
    String args = path(file).replace("}", ",\"content\":\"new\"}");

    assertThat(run("e1", "write_file", args).status()).isEqualTo(ToolStatus.COMPLETED);
    assertThat(file).hasContent("new");
    assertThat(files()).hasSize(1).allMatch(name -> name.endsWith(".out"));
  }

  @Test
  void job_longOutput_hasNoGap() throws Exception {
    Path file = directory.resolve("file");
    byte[] content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    Files.write(file, content);
    String args = path(file).replace("}", ",\"encoding\":\"base64\"}");
    ToolResult result = run("e1", "read_file", args);

    assertThat(result.truncated()).isFalse();
    assertThat(chunks("e1")).allMatch(chunk -> chunk.gapBytes().isEmpty());
    assertThat(Base64.getDecoder().decode(bytes("e1"))).isEqualTo(content);
  }

  @Test
  void job_cancelledOrOutOfTime_endsThough_itWaits() throws Exception {
    allow("{\"http\":{\"allow\":[\"127.0.0.0/8\"]}}");
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String args = "{\"url\":\"http://127.0.0.1:" + silent.getLocalPort() + "\"}";
      execute("e1", "http_request", args, 60);
      try (Socket accepted = silent.accept()) {
        assertThat(accepted.isConnected()).isTrue();
        executions.cancel("e1");
        assertThat(result("e1").status()).isEqualTo(ToolStatus.CANCELLED);
      }
      execute("e2", "http_request", args, 1);
      assertThat(result("e2").status()).isEqualTo(ToolStatus.TIMED_OUT);
      assertThat(result("e2").error()).contains("timed out after 1 s");
    }
    await().until(() -> threads("tool") == 0);
  }

  /// Opening a pipe waits for the other end and hears no interruption: it is left behind.
  @Test
  void job_thatCannotBeStopped_isLeftBehind() throws Exception {
    Path pipe = pipe();
    CountDownLatch entered = new CountDownLatch(1);
    AtomicReference<ToolResult> end = new AtomicReference<>();
    Launcher.Running execution = start("e1", stuck(pipe, entered), observer(end));
    entered.await();
    execution.stop(ToolStatus.CANCELLED);
    await().until(() -> end.get() != null);

    assertThat(end.get().status()).isEqualTo(ToolStatus.CANCELLED);
    assertThat(processes.workers()).isEqualTo(1);
    Files.writeString(pipe, "x");
    await().until(() -> threads("tool") == 0);
    assertThat(processes.workers()).isZero();
  }

  @Test
  void jobsLeftBehind_areSixteenAtMost_andCommandsGoOn() throws Exception {
    Path pipe = pipe();
    CountDownLatch entered = new CountDownLatch(Limits.MOST.running());
    List<AtomicReference<ToolResult>> ends = new ArrayList<>();
    for (int i = 0; i < Limits.MOST.running(); i++) {
      assertThat(run("e" + i, "system_info", "{}").status()).isEqualTo(ToolStatus.COMPLETED);
      ends.add(new AtomicReference<>());
      start("left" + i, stuck(pipe, entered), observer(ends.get(i))).stop(ToolStatus.CANCELLED);
    }
    entered.await();
    await().until(() -> ends.stream().allMatch(end -> end.get() != null));

    assertThatThrownBy(() -> execute("e16", "system_info", "{}", 60))
        .isInstanceOf(RpcException.class)
        .hasMessageContaining("16 tools have not ended")
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
    assertThat(run("e17", "{\"command\":\"true\"}").exitCode()).hasValue(0);
    Files.writeString(pipe, "x");
    await().until(() -> processes.workers() == 0);
    assertThat(run("e16", "system_info", "{}").status()).isEqualTo(ToolStatus.COMPLETED);
  }

  private Path pipe() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static Job stuck(Path pipe, CountDownLatch entered) {
    return new Job() {
      @Override
      public void check(Policy asked) {}

      @Override
      public void run(Desk desk) throws IOException, InterruptedException {
        entered.countDown();
        Files.readAllBytes(pipe);
        desk.print("too late".getBytes(StandardCharsets.UTF_8));
        desk.commit();
      }
    };
  }

  private Launcher.Running start(String id, Job job, Launcher.Observer observer)
      throws IOException {
    Order order =
        new Order(
            request(id, "system_info", "{}", 60, 60),
            Tools.read("system_info", JsonObject.empty()),
            policy.get());
    return processes.start(
        order, job, Spool.open(new Directory(directory.resolve("spool")), id), observer);
  }

  private static Launcher.Observer observer(AtomicReference<ToolResult> end) {
    return new Launcher.Observer() {
      @Override
      public void running(ProcessMark mark) {}

      @Override
      public void grown() {}

      @Override
      public void ended(ToolResult result) {
        end.set(result);
      }

      @Override
      public void left() {}
    };
  }
}
