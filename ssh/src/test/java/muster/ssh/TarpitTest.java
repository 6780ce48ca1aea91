package muster.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import muster.deploy.Deployment;
import muster.deploy.Limit;
import muster.deploy.SshKey;
import muster.fault.Fault;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Machines that answer, and speak no SSH: by saying other things for ever, or nonsense.
class TarpitTest {
  private static final Duration BETWEEN = Duration.ofMillis(50);

  @TempDir private Path directory;

  private final CountDownLatch end = new CountDownLatch(1);
  private ServerSocket tarpit;
  private JschHosts hosts;
  private byte[] said = "please wait\r\n".getBytes(StandardCharsets.US_ASCII);

  @BeforeEach
  void start() throws Exception {
    tarpit = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    hosts = new JschHosts(directory.resolve("keys"), directory.resolve("known_hosts"), directory);
  }

  @AfterEach
  void stop() throws IOException {
    end.countDown();
    tarpit.close();
  }

  private void drip() {
    try (Socket socket = tarpit.accept()) {
      OutputStream out = socket.getOutputStream();
      do {
        out.write(said);
      } while (!end.await(BETWEEN.toMillis(), TimeUnit.MILLISECONDS));
    } catch (IOException | InterruptedException e) {
      // It was cut off.
    }
  }

  private void connect(Function<Duration, Limit> within) throws Exception {
    Deployment wanted =
        new Deployment(
            "127.0.0.1",
            tarpit.getLocalPort(),
            "root",
            "id",
            Optional.empty(),
            "db-01",
            List.of(),
            false,
            Optional.empty());
    Thread.ofVirtual().start(this::drip);
    SshKey key = TestKeys.any(directory, hosts);
    assertTimeoutPreemptively(
        Duration.ofSeconds(8),
        () -> {
          hosts.connect(wanted, key, within, shown -> {}).close();
        });
  }

  @Test
  void linesWithoutEnd_areCutOffAtTheLimit() {
    assertThatThrownBy(() -> connect(most -> Limit.of(Duration.ofMillis(500), () -> false)))
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith("connect: 127.0.0.1:")
        .satisfies(fault ->
            assertThat(((Fault) fault).details()).containsEntry("reason", "deploy_timeout"));
  }

  @Test
  void packetThatIsTooShort_isAFailureOfThatStep() {
    byte[] packet = new byte[16];
    packet[3] = 12; // its length, without this
    packet[4] = 4; // of the padding
    packet[5] = 20; // SSH_MSG_KEXINIT
    said =
        ByteBuffer.allocate(64)
            .put("SSH-2.0-none\r\n".getBytes(StandardCharsets.US_ASCII))
            .put(packet)
            .array();
    assertThatThrownBy(() -> connect(most -> Limit.of(most, () -> false)))
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith("connect: 127.0.0.1:")
        .hasMessageEndingWith("no SSH server that we can speak to");
  }

  @Test
  void serverThatStops_waitsForNobody() {
    AtomicBoolean isStopping = new AtomicBoolean(true);
    assertThatThrownBy(() -> connect(most -> Limit.of(most, isStopping::get)))
        .isInstanceOf(Fault.class)
        .hasMessageEndingWith(": the server is stopping");
  }
}
