package muster.agent.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import muster.agent.TestServer;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.net.ServerAddress;
import muster.agent.policy.Policy;
import muster.agent.state.Directory;
import muster.agent.state.Disk;
import muster.wire.TransferWrite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A file that comes to a disk that fails.
@Timeout(60)
class IncomingTest {
  private static final String ID = "xfr_a";
  private static final String CONTENT = "all of it";
  private static final String CHECKSUM = checksum();

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<TestServer.Asked> asked = new CopyOnWriteArrayList<>();

  /// Answers are broken off so many times.
  private final AtomicInteger broken = new AtomicInteger();

  @TempDir private Path directory;
  private TestServer server;
  private ServerFiles files;
  private Directory disk;
  private Path target;

  @BeforeEach
  void open() throws IOException {
    server = new TestServer();
    server.script(this::answer);
    files =
        new ServerFiles(
            () -> Clients.create(Optional.empty(), Duration.ofSeconds(10)),
            new ServerAddress(server.base()),
            "agt_secret",
            timer);
    disk = new Directory(Files.createDirectory(directory.resolve("notes")));
    target = Files.createDirectory(directory.resolve("files")).resolve("file");
  }

  @AfterEach
  void close() throws IOException {
    timer.shutdownNow();
    server.close();
  }

  private static String checksum() {
    Digest digest = new Digest();
    byte[] bytes = CONTENT.getBytes(StandardCharsets.UTF_8);
    digest.add(bytes, bytes.length);
    return digest.text();
  }

  private TestServer.Answer answer(TestServer.Asked request) {
    asked.add(request);
    if (broken.getAndDecrement() > 0) {
      return TestServer.Answer.json(500, "{}");
    }
    return request.path().endsWith("/content")
        ? new TestServer.Answer(200, "", CONTENT)
        : TestServer.Answer.json(200, "{\"status\":\"running\",\"offset\":0}");
  }

  private Incoming incoming(Disk notes, Incoming.Sync sync) {
    return new Incoming(
        new TransferWrite(ID, target.toString(), CONTENT.length(), CHECKSUM, Optional.empty()),
        target,
        Optional.empty(),
        files,
        new Notes(notes),
        () -> Policy.open(Optional.empty()),
        sync);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("files"))) {
      return all.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  private long contents() {
    return asked.stream().filter(request -> request.path().endsWith("/content")).count();
  }

  @Test
  void diskThatFailsAtAnyStep_failsTheTransfer_andIsNoMatterOfTheLink() throws Exception {
    int step = 1;
    while (fails(new ScarceDisk(disk, step))) {
      assertThat(names()).as("step %d", step).isSubsetOf("file");
      step++;
    }
    assertThat(step).isEqualTo(4);
    assertThat(target).hasContent(CONTENT);
  }

  private boolean fails(Disk scarce) throws Exception {
    try {
      incoming(scarce, file -> file.force(true)).run(() -> {});
      return false;
    } catch (FileException e) {
      assertThat(e).hasMessage(target + ": No space left on device");
      return true;
    }
  }

  @Test
  void fileThatCannotBeSynced_isNotBelievedTheNextTime() throws Exception {
    Incoming.Sync failing =
        file -> {
          throw new IOException("Input/output error");
        };
    assertThatThrownBy(() -> incoming(disk, failing).run(() -> {}))
        .isInstanceOf(FileException.class)
        .hasMessage(target + ": Input/output error");
    assertThat(names()).isEmpty();
    assertThat(disk.names()).isEmpty();
    assertThat(contents()).isEqualTo(1);

    incoming(disk, file -> file.force(true)).run(() -> {});
    assertThat(contents()).as("fetched anew").isEqualTo(2);
    assertThat(target).hasContent(CONTENT);
    assertThat(names()).containsExactly("file");
  }

  @Test
  void worker_tellsTheServerOfTheDisk_andAsksTheLinkAgain() throws Exception {
    broken.set(1);
    Log log =
        new Log(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
            InstantSource.system());
    Incoming work = incoming(new ScarceDisk(disk, 2), file -> file.force(true));
    new Worker(ID, work, files, () -> {}, log).run();

    TestServer.Asked last = asked.get(asked.size() - 1);
    assertThat(asked).hasSize(3);
    assertThat(last.path()).endsWith("/end");
    assertThat(last.body()).contains("\"failed\"").contains("file: No space left on device");
  }
}
