package muster.agent.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.stream.Stream;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Journal;
import muster.agent.log.Log;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.agent.state.Directory;
import muster.wire.Channel;
import muster.wire.ExecutionState;
import muster.wire.Json;
import muster.wire.JsonObject;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;
import muster.wire.ToolStarted;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Executions on this host, in a directory that is also the home of what they run.
@Timeout(60)
abstract class ExecutionsCase {
  final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  final Log log =
      new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system());

  @TempDir Path directory;
  Supplier<Policy> policy;
  Journal journal;
  Processes processes;
  Executions executions;

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

  /// From now on threads are started so.
  void with(Threads threads) throws IOException {
    processes = new Processes(host(), threads);
    executions = recover(journal);
  }

  /// Writes the policy, whole at every instant.
  void allow(String rules) throws IOException {
    Path own = directory.resolve("own");
    Path fresh = Files.writeString(own.resolve("fresh"), rules);
    Files.move(fresh, own.resolve(PolicyFile.NAME), StandardCopyOption.ATOMIC_MOVE);
  }

  static String path(Path path) {
    return JsonObject.builder().put("path", path.toString()).build().toString();
  }

  ToolResult run(String id, String tool, String args) {
    return run(id, tool, args, 60);
  }

  ToolResult run(String id, String tool, String args, long timeout) {
    execute(id, tool, args, timeout);
    return result(id);
  }

  void execute(String id, String tool, String args, long timeout) {
    executions.accept(request(id, tool, args, timeout, 600), 0, started -> {});
  }

  ToolResult run(String id, String args) throws Exception {
    assertThat(execute(id, 1, args, 60)).isEqualTo(ExecutionState.RUNNING);
    return result(id);
  }

  ExecutionState execute(String id, long attempt, String args, long timeout) {
    return execute(id, attempt, args, timeout, false);
  }

  ExecutionState execute(String id, long attempt, String args, long timeout, boolean idempotent) {
    List<ToolStarted> answers = new ArrayList<>();
    ToolExecute request =
        new ToolExecute(id, attempt, "bash", Json.parseObject(args), idempotent, timeout, 600);
    executions.accept(request, 0, answers::add);
    return answers.get(0).status();
  }

  static ToolExecute request(String id, String tool, String args, long timeout, long notAfter) {
    return new ToolExecute(id, 1, tool, Json.parseObject(args), false, timeout, notAfter);
  }

  ToolResult result(String id) {
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> tracked(id).result(), Optional::isPresent)
        .orElseThrow();
  }

  Tracked tracked(String id) {
    return executions.unacknowledged().stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  List<ToolOutput> chunks(String id) {
    List<ToolOutput> chunks = new ArrayList<>();
    for (Optional<ToolOutput> next = tracked(id).output(1);
        next.isPresent();
        next = tracked(id).output(chunks.size() + 1)) {
      chunks.add(next.get());
    }
    return chunks;
  }

  String text(String id, Channel channel) {
    StringBuilder text = new StringBuilder();
    chunks(id).stream()
        .filter(chunk -> chunk.stream() == channel)
        .forEach(chunk -> text.append(new String(chunk.bytes(), StandardCharsets.UTF_8)));
    return text.toString();
  }

  /// What it has printed on both streams.
  String printed(String id) {
    return new String(bytes(id), StandardCharsets.UTF_8);
  }

  byte[] bytes(String id) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    chunks(id).forEach(chunk -> all.writeBytes(chunk.bytes()));
    return all.toByteArray();
  }

  List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("spool"))) {
      return files.map(Path::toString).toList();
    }
  }

  static void assertGone(String pid) {
    await().until(() -> !Files.exists(Path.of("/proc", pid)) || zombie(pid));
  }

  static boolean zombie(String pid) throws IOException {
    return Files.readString(Path.of("/proc", pid, "stat")).contains(") Z ");
  }

  static long threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .count();
  }

  void restart() throws IOException {
    journal.close();
    journal = Journal.open(new Directory(directory), InstantSource.system());
    executions = recover(journal);
  }

  Executions recover(Journal from) throws IOException {
    Path spool = directory.resolve("spool");
    return Executions.recover(
        from, new Directory(spool), processes, Unfinished.NOTHING, policy, log);
  }

  Host host() {
    HostFacts facts = new HostFacts(Path.of("/"));
    return new Host(
        directory.resolve("spool"), directory, facts.bootId(), facts.read("test"), timer, log);
  }
}
