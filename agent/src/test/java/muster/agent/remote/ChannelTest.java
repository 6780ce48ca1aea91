package muster.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.util.concurrent.CountDownLatch;
import muster.agent.TestPeer;
import muster.agent.TestServer;
import muster.agent.exec.ProcTable;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.pty.Leftovers;
import muster.agent.pty.Marks;
import muster.agent.pty.Size;
import muster.agent.pty.Terminal;
import muster.agent.pty.Terminals;
import muster.agent.state.Directory;
import muster.wire.RemoteControl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Channels whose ends do not do as they are asked.
@Timeout(120)
class ChannelTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final Log log =
      new Log(
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
          InstantSource.system());

  @TempDir private Path home;
  private TestServer server;

  @BeforeEach
  void open() throws IOException {
    server = new TestServer();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private Thread run(Channel channel) {
    return Threads.start(
        "channel",
        () -> {
          try {
            channel.run(() ->
                Tunnel.connect(
                    Clients.create(Optional.empty(), Duration.ofSeconds(10)),
                    server.socketUri(),
                    "agt_secret"));
            channel.clear();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  @Test
  void serverThatHasLeft_isNoticed_whileAWriteWaits() throws Exception {
    Stuck outlet = new Stuck();
    Channel channel = new Channel("test", outlet, log);
    Thread running = run(channel);
    TestPeer peer = server.peer();
    peer.send("typed".getBytes(StandardCharsets.UTF_8));
    outlet.written.await();
    peer.close(1000, "");
    peer.cut();

    await()
        .atMost(WITHIN)
        .until(() -> {
          channel.look(Duration.ofSeconds(45));
          return !running.isAlive();
        });
  }

  @Test
  void shellThatIgnoresTheHangUp_isKilled() throws Exception {
    Directory marked = new Directory(Files.createDirectory(home.resolve("marks")));
    DeafShell shell = new DeafShell(home.resolve("deaf"));
    try {
      Terminals terminals = new Terminals(home, new Marks(marked, Optional.empty()));
      Channel channel = new Channel("test", new TerminalOutlet(terminals, shell), log);
      Thread running = run(channel);
      assertThat(server.peer()).isNotNull();
      await().atMost(WITHIN).until(() -> Files.exists(home.resolve("deaf")));
      channel.stop();

      await().atMost(WITHIN).until(() -> !running.isAlive());
      await().atMost(WITHIN).until(() -> ProcTable.session(shell.session()).isEmpty());
    } finally {
      Leftovers.kill(shell.session());
    }
  }

  @Test
  void windowThatCannotBeResized_takesWhatIsTyped() throws Exception {
    Fixed outlet = new Fixed();
    Channel channel = new Channel("test", outlet, log);
    Thread running = run(channel);
    TestPeer peer = server.peer();
    peer.send(new RemoteControl.Resize(100, 30).toJson().toString());
    peer.send("typed".getBytes(StandardCharsets.UTF_8));

    await().atMost(WITHIN).until(() -> outlet.typed.contains("typed"));
    channel.stop();
    running.join();
  }

  /// One that lives on when its terminal is taken away.
  private static final class DeafShell implements Terminal {
    private final Process process;
    private final CountDownLatch hungUp = new CountDownLatch(1);

    /// @param ready is made when nothing but KILL ends it
    private DeafShell(Path ready) throws IOException {
      String line = "trap '' HUP; touch " + ready + "; sleep 1000 & wait";
      process = new ProcessBuilder("setsid", "sh", "-c", line).start();
    }

    @Override
    public int read(byte[] buffer) throws IOException {
      try {
        hungUp.await();
        return -1;
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void write(byte[] bytes) {}

    @Override
    public void resize(Size size) {}

    @Override
    public int await() throws InterruptedException {
      return process.waitFor();
    }

    @Override
    public void hangUp() {
      hungUp.countDown();
    }

    @Override
    public long session() {
      return process.pid();
    }
  }

  /// Prints nothing, and stops reading with the first write.
  private static class Stuck implements Outlet {
    final CountDownLatch written = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public int read(byte[] buffer) throws IOException {
      awaitClosed();
      return -1;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      written.countDown();
      awaitClosed();
      throw new IOException("closed");
    }

    private void awaitClosed() throws IOException {
      try {
        closed.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public void control(RemoteControl control) throws IOException {
      throw new IOException("no such thing");
    }

    @Override
    public RemoteControl ending() {
      return new RemoteControl.Exit(0);
    }

    @Override
    public boolean endsWithReading() {
      return true;
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  /// Knows of no size.
  private static final class Fixed extends Stuck {
    final List<String> typed = new CopyOnWriteArrayList<>();

    @Override
    public void write(byte[] bytes) {
      typed.add(new String(bytes, StandardCharsets.UTF_8));
    }
  }
}
