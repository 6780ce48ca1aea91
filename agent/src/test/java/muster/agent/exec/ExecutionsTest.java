package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Entry;
import muster.agent.journal.Journal;
import muster.agent.journal.ProcessMark;
import muster.agent.log.Log;
import muster.agent.policy.Limits;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.agent.state.Directory;
import muster.agent.tool.Desk;
import muster.agent.tool.Job;
import muster.agent.tool.Tools;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStarted;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExecutionsTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private final Log log =
      new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system());

  @TempDir private Path directory;
  private Supplier<Policy> policy;
  private Journal journal;
  private Processes processes;
  private Executions executions;

  @BeforeEach
  void open() throws IOException {
    Files.createDirectories(directory.resolve("spool"));
    Path own = Files.createDirectory(directory.resolve("own"));
    policy = new PolicyFile(own, log);
    processes = new Processes(host());
    journal = Journal.open(new Directory(directory), InstantSource.system());
    executions = recover(journal);
  }

  @AfterEach
  void close() throws Exception {
    executions.stopAll();
    assertThat(executions.awaitEnds(Duration.ofSeconds(20))).isTrue();
    timer.shutdownNow();
    journal.close();
  }

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
  void refusals_startNothing() {
    assertThatThrownBy(
            () -> executions.accept(request("e", "ftp", "{}", 60, 600), 0, started -> {}))
        .isInstanceOf(RpcException.class)
        .matches(e -> ((RpcException) e).error().code() == RpcError.UNKNOWN_TOOL);
    assertThatThrownBy(() ->
            executions.accept(
                request("e", "bash", "{\"command\":\"true\"}", 60, 2),
                Duration.ofSeconds(3).toNanos(),
                started -> {}))
        .matches(e -> ((RpcException) e).error().code() == RpcError.EXPIRED);
    assertThat(journal.find("e")).isEmpty();
  }

  @Test
  void seventeenthCommand_isBusy() {
    for (int i = 0; i < Limits.MOST.running(); i++) {
      execute("e" + i, 1, "{\"command\":\"sleep 600\"}", 600);
    }

    assertThatThrownBy(() -> execute("more", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
    assertThat(journal.find("more")).isEmpty();
  }

  @Test
  void stopAll_interruptsAndRefuses() throws Exception {
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);
    executions.stopAll();

    assertThat(result("e1").status()).isEqualTo(ToolStatus.INTERRUPTED);
    assertThatThrownBy(() -> execute("e2", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
  }

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

  @Test
  void deniedByPolicy_isRefusedWithTheRule_andNotStarted() throws Exception {
    Path marker = directory.resolve("marker");
    allow(
        "{\"tools\":{\"deny\":[\"write_file\"]},\"read\":{\"allow\":[\"/srv\"]},"
            + "\"commands\":{\"allow\":[\"uptime\"]}}");

    assertDenied("bash", "{\"command\":\"touch " + marker + "\"}", "commands.shells is false");
    assertDenied(
        "bash", "{\"argv\":[\"touch\",\"" + marker + "\"]}", "touch: not in commands.allow");
    assertDenied(
        "bash", "{\"argv\":[\"uptime\"],\"env\":{\"PATH\":\"/tmp\"}}", "not in commands.env");
    assertDenied(
        "write_file",
        "{\"path\":\"" + marker + "\",\"content\":\"\"}",
        "write_file: tools.deny has write_file");
    assertDenied("read_file", path(marker), marker + ": not in read.allow");
    assertDenied("http_request", "{\"url\":\"http://127.0.0.1/\"}", "not named in http.allow");
    assertThat(marker).doesNotExist();
    assertThat(journal.find("denied")).isEmpty();
  }

  @Test
  void deniedWhenOpened_failsWithTheRule() throws Exception {
    Path root = Files.createDirectory(directory.toRealPath().resolve("root"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("/etc/passwd"));
    allow("{\"read\":{\"allow\":[\"" + root + "\"]}}");
    ToolResult result = run("e1", "read_file", path(root.resolve("link")));

    assertThat(result.status()).isEqualTo(ToolStatus.FAILED);
    assertThat(result.error().orElse(""))
        .startsWith("denied by the device's policy: ")
        .endsWith("(/etc/passwd): not in read.allow");
  }

  @Test
  void policyChanged_countsForTheNextRequest() throws Exception {
    run("e1", "{\"command\":\"true\"}");
    allow("{\"tools\":{\"deny\":[\"bash\"]}}");
    assertDenied("bash", "{\"command\":\"true\"}", "tools.deny has bash");
    allow("{");
    assertDenied("system_info", "{}", "policy.json cannot be used");
    allow("{}");
    run("e3", "{\"command\":\"true\"}");
  }

  @Test
  void limits_ofThePolicy_count() throws Exception {
    allow("{\"limits\":{\"running\":1,\"timeout_seconds\":1}}");
    execute("e1", 1, "{\"command\":\"sleep 600\"}", 600);

    assertThatThrownBy(() -> execute("e2", 1, "{\"command\":\"true\"}", 60))
        .matches(e -> ((RpcException) e).error().code() == RpcError.BUSY);
    assertThat(result("e1").status()).isEqualTo(ToolStatus.TIMED_OUT);
    assertThat(result("e1").error()).contains("timed out after 1 s");
  }

  private void assertDenied(String tool, String args, String rule) {
    assertThatThrownBy(() -> execute("denied", tool, args, 60))
        .isInstanceOf(RpcException.class)
        .hasMessageContaining(rule)
        .matches(e -> ((RpcException) e).error().code() == RpcError.DENIED);
  }

  /// Writes the policy, whole at every instant.
  private void allow(String rules) throws IOException {
    Path own = directory.resolve("own");
    Path fresh = Files.writeString(own.resolve("fresh"), rules);
    Files.move(fresh, own.resolve(PolicyFile.NAME), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String path(Path path) {
    return JsonObject.builder().put("path", path.toString()).build().toString();
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
    };
  }

  private ToolResult run(String id, String tool, String args) {
    execute(id, tool, args, 60);
    return result(id);
  }

  private void execute(String id, String tool, String args, long timeout) {
    executions.accept(request(id, tool, args, timeout, 600), 0, started -> {});
  }

  private ToolResult run(String id, String args) throws Exception {
    assertThat(execute(id, 1, args, 60)).isEqualTo(ExecutionState.RUNNING);
    return result(id);
  }

  private ExecutionState execute(String id, long attempt, String args, long timeout) {
    return execute(id, attempt, args, timeout, false);
  }

  private ExecutionState execute(
      String id, long attempt, String args, long timeout, boolean idempotent) {
    List<ToolStarted> answers = new ArrayList<>();
    ToolExecute request =
        new ToolExecute(id, attempt, "bash", Json.parseObject(args), idempotent, timeout, 600);
    executions.accept(request, 0, answers::add);
    return answers.get(0).status();
  }

  private static ToolExecute request(
      String id, String tool, String args, long timeout, long notAfter) {
    return new ToolExecute(id, 1, tool, Json.parseObject(args), false, timeout, notAfter);
  }

  private ToolResult result(String id) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> tracked(id).result(), Optional::isPresent)
        .orElseThrow();
  }

  private Tracked tracked(String id) {
    return executions.unacknowledged().stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private List<ToolOutput> chunks(String id) {
    List<ToolOutput> chunks = new ArrayList<>();
    for (Optional<ToolOutput> next = tracked(id).output(1);
        next.isPresent();
        next = tracked(id).output(chunks.size() + 1)) {
      chunks.add(next.get());
    }
    return chunks;
  }

  private String text(String id, Channel channel) {
    StringBuilder text = new StringBuilder();
    chunks(id).stream()
        .filter(chunk -> chunk.stream() == channel)
        .forEach(chunk -> text.append(new String(chunk.bytes(), StandardCharsets.UTF_8)));
    return text.toString();
  }

  private byte[] bytes(String id) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    chunks(id).forEach(chunk -> all.writeBytes(chunk.bytes()));
    return all.toByteArray();
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("spool"))) {
      return files.map(Path::toString).toList();
    }
  }

  private static void assertGone(String pid) {
    await().until(() -> !Files.exists(Path.of("/proc", pid)) || zombie(pid));
  }

  private static boolean zombie(String pid) throws IOException {
    return Files.readString(Path.of("/proc", pid, "stat")).contains(") Z ");
  }

  private static long threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .count();
  }

  private void restart() throws IOException {
    journal.close();
    journal = Journal.open(new Directory(directory), InstantSource.system());
    executions = recover(journal);
  }

  private Executions recover(Journal from) throws IOException {
    Path spool = directory.resolve("spool");
    return Executions.recover(from, new Directory(spool), processes, policy, log);
  }

  private Host host() {
    HostFacts facts = new HostFacts(Path.of("/"));
    return new Host(
        directory.resolve("spool"), directory, facts.bootId(), facts.read("test"), timer, log);
  }
}
