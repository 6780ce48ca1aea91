package muster.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.log.Log;
import muster.agent.net.Clients;
import muster.agent.policy.Policy;
import muster.agent.pty.Marks;
import muster.agent.pty.Terminals;
import muster.agent.state.Directory;
import muster.wire.Json;
import muster.wire.RemoteStart;
import muster.wire.RpcError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is opened before there is a channel to the server for it.
@Timeout(60)
class RemotesTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();

  @TempDir private Path home;
  private ServerSocket target;

  /// Takes connections and says nothing.
  private ServerSocket server;

  private Remotes remotes;

  @BeforeEach
  void open() throws IOException {
    target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    URI address = URI.create("ws://127.0.0.1:" + server.getLocalPort());
    remotes =
        new Remotes(
            Clients.create(Optional.empty(), Duration.ofSeconds(10)),
            address::resolve,
            "agt_secret",
            () -> Policy.open(Optional.empty()),
            new Terminals(home, new Marks(new Directory(home), Optional.empty())),
            timer,
            new Log(new PrintStream(logged, true, StandardCharsets.UTF_8), InstantSource.system()));
  }

  @AfterEach
  void close() throws Exception {
    remotes.stopAll();
    timer.shutdownNow();
    target.close();
    server.close();
  }

  private RemoteStart order() {
    return RemoteStart.fromJson(
        Json.parseObject(
            "{\"session_id\":\"ses_1\",\"channel\":\"c\",\"type\":\"tcp\",\"host\":\"127.0.0.1\","
                + "\"port\":"
                + target.getLocalPort()
                + "}"));
  }

  private static Remotes.Answer answer(Runnable accepted) {
    return new Remotes.Answer() {
      @Override
      public void accepted() {
        accepted.run();
      }

      @Override
      public void refused(RpcError why) {
        throw new AssertionError(why.message());
      }
    };
  }

  private static void assertEnded(Socket socket) throws IOException {
    socket.setSoTimeout(15_000);
    assertThat(socket.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void answerThatCannotBeGiven_leavesNothingOpen() throws Exception {
    remotes.start(
        order(),
        answer(() -> {
          throw new IllegalStateException("too many answers are waiting");
        }));

    try (Socket opened = target.accept()) {
      assertEnded(opened);
    }
  }

  @Test
  void stopAll_whileItConnects_leavesNothingOpen() throws Exception {
    CountDownLatch accepted = new CountDownLatch(1);
    remotes.start(order(), answer(accepted::countDown));

    try (Socket opened = target.accept();
        Socket connecting = server.accept()) {
      accepted.await();
      assertThat(connecting.isConnected()).isTrue();
      remotes.stopAll();
      assertEnded(opened);
    }
  }
}
