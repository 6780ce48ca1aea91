package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import muster.deploy.Deployment;
import muster.deploy.Limit;
import muster.deploy.SshHost;
import muster.deploy.Step;
import muster.fault.Fault;
import muster.ssh.JschHosts;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A machine that lets us in and then stops reading (F132).
class SshStallTest {
  private static final int MEGABYTE = 1 << 20;

  @TempDir private Path directory;

  private static Limit in(Duration most) {
    return Limit.of(most, () -> false);
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
      Deployment wanted =
          new Deployment(
              "127.0.0.1",
              way.port(),
              SshServer.user(),
              "id",
              Optional.empty(),
              "db-01",
              List.of(),
              false,
              Optional.empty());
      SshHost host =
          hosts.connect(wanted, hosts.key("id", Optional.empty()), SshStallTest::in, shown -> {});
      byte[] much = new byte[64 * MEGABYTE];
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            for (int i = 0; i < 4; i++) {
              assertThatThrownBy(
                      () -> host.run(Step.COPY, "cat >/dev/null", much, in(Duration.ofSeconds(1))))
                  .isInstanceOf(Fault.class)
                  .hasMessageStartingWith("copy: ");
            }
            host.close();
          });
      assertThat(Files.readString(directory.resolve("known_hosts"))).contains("]:" + way.port());
    }
  }
}
