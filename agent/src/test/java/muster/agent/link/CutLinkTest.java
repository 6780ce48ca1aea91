package muster.agent.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.TestPeer;
import muster.agent.TestServer;
import muster.agent.exec.Executions;
import muster.agent.exec.Host;
import muster.agent.exec.Processes;
import muster.agent.exec.Unfinished;
import muster.agent.facts.HostFacts;
import muster.agent.journal.Journal;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.policy.Policy;
import muster.agent.state.Directory;
import muster.agent.state.Disk;
import muster.agent.state.StatusFile;
import muster.agent.tool.Pace;
import muster.agent.tool.Tools;
import muster.agent.transfer.Carrier;
import muster.wire.Facts;
import muster.wire.Health;
import muster.wire.Hello;
import muster.wire.JsonObject;
import muster.wire.Methods;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A connection that ends while its writer reads output from the disk.
@Timeout(60)
class CutLinkTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Log log =
      new Log(
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
          InstantSource.system());
  private final CountDownLatch reading = new CountDownLatch(1);
  private final CountDownLatch mayRead = new CountDownLatch(1);

  @TempDir private Path directory;

  @AfterEach
  void close() {
    timer.shutdownNow();
  }

  @Test
  void outputThatIsBeingRead_isToldWholeOnTheNextConnection() throws Exception {
    Path spool = Files.createDirectory(directory.resolve("spool"));
    Facts facts = new HostFacts(Path.of("/")).read("test");
    Processes processes =
        new Processes(new Host(spool, directory, Optional.empty(), facts, timer, log));
    try (TestServer server = new TestServer();
        Journal journal = Journal.open(new Directory(directory), InstantSource.system())) {
      Executions executions =
          Executions.recover(
              journal,
              new SlowDisk(new Directory(spool)),
              processes,
              Unfinished.NOTHING,
              () -> Policy.open(Optional.empty()),
              log);
      Link link = new Link(peer(server, executions, facts), new Random(1));
      Thread thread = new Thread(() -> run(link), "link");
      thread.start();
      TestPeer first = server.peer();
      first.welcome(3600, "[]");
      first.request(
          7,
          Methods.EXECUTE,
          "{\"execution_id\":\"e1\",\"attempt\":1,\"tool\":\"bash\","
              + "\"args\":{\"command\":\"echo hello\"},"
              + "\"timeout_seconds\":60,\"not_after_seconds\":60}");
      reading.await();
      first.cut();
      TestPeer second = server.peer();
      mayRead.countDown();
      second.welcome(3600, "[{\"execution_id\":\"e1\",\"received_seq\":0}]");

      assertThat(second.params(Methods.OUTPUT).optString("data")).contains("hello\n");
      JsonObject result = second.params(Methods.RESULT);
      assertThat(result.string("status")).isEqualTo("completed");
      assertThat(result.flag("truncated")).isFalse();
      link.stop();
      thread.join(20_000);
    }
  }

  private Peer peer(TestServer server, Executions executions, Facts facts) {
    return new Peer(
        Clients.create(Optional.empty(), Duration.ofSeconds(10)),
        server.socketUri(),
        "agt_secret",
        known ->
            new Hello(
                Hello.PROTOCOL,
                facts,
                Optional.empty(),
                Optional.empty(),
                Tools.NAMES,
                Optional.empty(),
                known),
        () -> Health.UNKNOWN,
        executions,
        Carrier.NONE,
        Optional.empty(),
        new Pace(),
        Optional.empty(),
        new StatusFile(directory.resolve("status"), InstantSource.system()),
        Timing.PROTOCOL,
        log);
  }

  private static void run(Link link) {
    try {
      link.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whoever reads first waits, whatever happens to its thread meanwhile.
  private final class SlowDisk implements Disk {
    private final Disk disk;

    private SlowDisk(Disk disk) {
      this.disk = disk;
    }

    @Override
    public List<String> names() throws IOException {
      return disk.names();
    }

    @Override
    public DiskFile open(String name) throws IOException {
      DiskFile file = disk.open(name);
      return new SlowFile(file);
    }

    @Override
    public Optional<byte[]> read(String name) throws IOException {
      return disk.read(name);
    }

    @Override
    public void replace(String name, byte[] content) throws IOException {
      disk.replace(name, content);
    }

    @Override
    public void delete(String name) throws IOException {
      disk.delete(name);
    }
  }

  private final class SlowFile implements Disk.DiskFile {
    private final Disk.DiskFile file;

    private SlowFile(Disk.DiskFile file) {
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void append(byte[] bytes) throws IOException {
      file.append(bytes);
    }

    @Override
    public byte[] read(long position, int length) throws IOException {
      if (length > 0) {
        reading.countDown();
        awaitUninterruptibly();
      }
      return file.read(position, length);
    }

    private void awaitUninterruptibly() {
      boolean interrupted = false;
      while (mayRead.getCount() > 0) {
        try {
          mayRead.await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
