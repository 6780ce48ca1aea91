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
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Journal;
import muster.agent.log.Log;
import muster.agent.policy.PolicyFile;
import muster.agent.state.Directory;
import muster.wire.Json;
import muster.wire.ToolExecute;
import muster.wire.ToolOutput;
import muster.wire.ToolResult;

/// Executions on this host, in a directory that is also the home of what they run.
final class Rig implements AutoCloseable {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Path directory;
  private final Journal journal;
  private final Processes processes;
  private final Executions executions;

  Rig(Path directory, Threads threads) throws IOException {
    this.directory = directory;
    Path spool = Files.createDirectories(directory.resolve("spool"));
    Path own = Files.createDirectories(directory.resolve("own"));
    HostFacts facts = new HostFacts(Path.of("/"));
    Log log =
        new Log(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            InstantSource.system());
    journal = Journal.open(new Directory(directory), InstantSource.system());
    processes =
        new Processes(
            new Host(spool, directory, facts.bootId(), facts.read("test"), timer, log), threads);
    executions =
        Executions.recover(journal, new Directory(spool), processes, new PolicyFile(own, log), log);
  }

  Processes processes() {
    return processes;
  }

  /// Writes the policy, whole at every instant.
  void allow(String rules) throws IOException {
    Path own = directory.resolve("own");
    Path fresh = Files.writeString(own.resolve("fresh"), rules);
    Files.move(fresh, own.resolve(PolicyFile.NAME), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Runs it to its end.
  ToolResult run(String id, String tool, String args, long timeoutSeconds) {
    executions.accept(
        new ToolExecute(id, 1, tool, Json.parseObject(args), false, timeoutSeconds, 600),
        0,
        started -> {});
    return await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> tracked(id).result(), Optional::isPresent)
        .orElseThrow();
  }

  ToolResult run(String id, String args) {
    return run(id, "bash", args, 60);
  }

  private Tracked tracked(String id) {
    return executions.unacknowledged().stream()
        .filter(entry -> entry.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /// What it has printed on both streams.
  String text(String id) {
    StringBuilder text = new StringBuilder();
    long seq = 1;
    for (Optional<ToolOutput> next = tracked(id).output(seq);
        next.isPresent();
        next = tracked(id).output(seq)) {
      text.append(new String(next.get().bytes(), StandardCharsets.UTF_8));
      seq++;
    }
    return text.toString();
  }

  @Override
  public void close() throws Exception {
    executions.stopAll();
    assertThat(executions.awaitEnds(Duration.ofSeconds(20))).isTrue();
    timer.shutdownNow();
    journal.close();
  }
}
