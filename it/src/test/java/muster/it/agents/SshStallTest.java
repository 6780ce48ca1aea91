package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.deploy.Deployment;
import muster.deploy.Limit;
import muster.deploy.SshHost;
import muster.deploy.Step;
import muster.fault.Fault;
import muster.ssh.JschHosts;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Machines that never come to the point (F132).
class SshStallTest {
  private static final int MEGABYTE = 1 << 20;

  @TempDir private Path directory;

  private static Limit in(Duration most) {
    return Limit.of(most, () -> false);
  }

  private static Deployment wanted(int port) {
    return new Deployment(
        "127.0.0.1",
        port,
        SshServer.user(),
        "id",
        Optional.empty(),
        "db-01",
        List.of(),
        false,
        Optional.empty());
  }

  /// A line now and then, which an SSH server may send before its greeting (RFC 4253, 4.2): each
  /// read is answered, and the greeting never comes. Only cutting the line ends that.
  @Test
  @Tag("F132")
  void machineThatNeverGreets_holdsNobodyLongerThanTheLimit() throws Exception {
    Path keys = Files.createDirectories(directory.resolve("keys"));
    SshServer.newKey(keys.resolve("id"), "");
    JschHosts hosts = new JschHosts(keys, directory.resolve("known_hosts"), keys);
    try (ServerSocket machine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread talker = Thread.ofVirtual().start(() -> talkFor(machine, Duration.ofSeconds(30)));
      assertTimeoutPreemptively(
          Duration.ofSeconds(15),
          () ->
              assertThatThrownBy(() ->
                      hosts.connect(
                          wanted(machine.getLocalPort()),
                          hosts.key("id", Optional.empty()),
                          wished -> in(Duration.ofMillis(500)),
                          shown -> {}))
                  .isInstanceOf(Fault.class)
                  .hasMessageStartingWith("connect: "));
      talker.interrupt();
      talker.join();
    }
  }

  private static void talkFor(ServerSocket machine, Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    try (Socket caller = machine.accept()) {
      while (System.nanoTime() - end < 0) {
        caller.getOutputStream().write("one moment\r\n".getBytes(StandardCharsets.US_ASCII));
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } catch (IOException | InterruptedException e) {
      // It has hung up.
    }
  }

  @Test
  @Tag("F132")
  void machineThatStopsReading_holdsNobodyLongerThanTheLimit() throws Exception {
    Path keys = Files.createDirectories(directory.resolve("keys"));
    SshServer.newKey(keys.resolve("id"), "");
    try (SshServer machine = SshServer.start(directory.resolve("machine"));
        SshProxy way = SshProxy.thatStopsReading(machine.port(), MEGABYTE)) {
      machine.authorize(keys.resolve("id"));
      JschHosts hosts = new JschHosts(keys, directory.resolve("known_hosts"), keys);
      SshHost host =
          hosts.connect(
              wanted(way.port()), hosts.key("id", Optional.empty()), SshStallTest::in, shown -> {});
      byte[] much = new byte[64 * MEGABYTE];
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            for (int i = 0; i < 12; i++) {
              assertThatThrownBy(
                      () -> host.run(Step.COPY, "cat >/dev/null", much, in(Duration.ofMillis(300))))
                  .isInstanceOf(Fault.class)
                  .hasMessageStartingWith("copy: ");
            }
            host.close();
          });
      assertThat(Files.readString(directory.resolve("known_hosts"))).contains("]:" + way.port());
    }
  }
}
