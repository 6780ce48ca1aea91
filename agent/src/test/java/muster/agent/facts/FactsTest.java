package muster.agent.facts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import muster.wire.Facts;
import muster.wire.Health;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FactsTest {
  @TempDir private Path root;

  @Test
  void facts_fromAHost() throws IOException {
    write("proc/sys/kernel/hostname", "web-1\n");
    write("proc/sys/kernel/arch", "aarch64\n");
    write("proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
    write("etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");

    HostFacts facts = new HostFacts(root);

    assertThat(facts.read("0.1.0"))
        .isEqualTo(
            new Facts(
                Optional.of("0.1.0"),
                Optional.of("web-1"),
                Optional.of("linux"),
                Optional.of("aarch64"),
                Optional.of("Debian GNU/Linux 12 (bookworm)")));
    assertThat(facts.bootId()).contains("11111111-2222-3333-4444-555555555555");
  }

  @Test
  void facts_fromNothing_areAbsent() {
    Facts facts = new HostFacts(root).read("0.1.0");

    assertThat(facts.hostname()).isEmpty();
    assertThat(facts.osVersion()).isEmpty();
    assertThat(facts.architecture()).isPresent();
    assertThat(new HostFacts(root).bootId()).isEmpty();
    assertThat(new Identity(root).hardwareId()).isEmpty();
    assertThat(new Identity(root).machineId()).isEmpty();
  }

  @Test
  void facts_ofAnOddHost_areCut() throws IOException {
    write("proc/sys/kernel/hostname", "x".repeat(5_000));
    write("usr/lib/os-release", "PRETTY_NAME=Alpine\n");

    Facts facts = new HostFacts(root).read("0.1.0");

    assertThat(facts.hostname().orElseThrow()).hasSize(Facts.MAX_LENGTH);
    assertThat(facts.osVersion()).contains("Alpine");
  }

  @Test
  void identity_dependsOnSerialsNotOnTheBoot() throws IOException {
    write("sys/class/dmi/id/product_serial", "ABC123\n");
    write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    write("proc/sys/kernel/random/boot_id", "1\n");
    Optional<String> before = new Identity(root).hardwareId();
    write("proc/sys/kernel/random/boot_id", "2\n");

    assertThat(before).isPresent();
    assertThat(new Identity(root).hardwareId()).isEqualTo(before);
    assertThat(before.orElseThrow()).matches("[0-9a-f]{32}").doesNotContain("abc123");
    assertThat(new Identity(root).machineId()).isPresent().isNotEqualTo(before);

    write("sys/class/dmi/id/product_serial", "ABC124\n");
    assertThat(new Identity(root).hardwareId()).isNotEqualTo(before);
  }

  @Test
  void identity_placeholdersAreNoSerials() throws IOException {
    write("sys/class/dmi/id/product_serial", "To be filled by O.E.M.\n");
    write("sys/class/dmi/id/board_serial", "  \n");
    write("etc/machine-id", "uninitialized\n");

    assertThat(new Identity(root).hardwareId()).isEmpty();
  }

  @Test
  void identity_containersOfOneHostDiffer() throws IOException {
    write("sys/class/dmi/id/product_uuid", "4c4c4544-0000\n");
    write(".dockerenv", "");
    write("proc/sys/kernel/hostname", "c1\n");
    Optional<String> first = new Identity(root).hardwareId();
    write("proc/sys/kernel/hostname", "c2\n");

    assertThat(new Identity(root).hardwareId()).isNotEqualTo(first);
  }

  @Test
  void health_fromAHost() throws IOException {
    write("proc/stat", "cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 1 1 1 1\n");
    write("proc/meminfo", "MemTotal: 8000 kB\nMemFree: 1 kB\nMemAvailable:   6000 kB\n");
    write("proc/loadavg", "0.45 0.38 0.32 1/234 5678\n");
    write("proc/uptime", "432000.55 800000.00\n");
    write(
        "proc/net/dev",
        "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed"
            + " multicast|bytes\n"
            + "    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n"
            + "  eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n"
            + " wlan0:500 1 0 0 0 0 0 0 700 1 0 0 0 0 0 0\n");
    write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
    write("sys/class/thermal/thermal_zone0/temp", "99000\n");
    write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
    write("sys/class/thermal/thermal_zone1/temp", "51040\n");
    HealthSampler sampler = new HealthSampler(root, root);

    Health first = sampler.sample();
    write("proc/stat", "cpu  150 0 125 725 100 0 0 0 50 0\n");
    Health second = sampler.sample();

    assertThat(first.cpuPercent()).hasValue(20.0);
    assertThat(second.cpuPercent()).hasValue(75.0);
    assertThat(first.memoryPercent()).hasValue(25.0);
    assertThat(first.memoryTotalBytes()).hasValue(8_192_000);
    assertThat(first.loadAverage()).containsExactly(0.45, 0.38, 0.32);
    assertThat(first.uptimeSeconds()).hasValue(432_000);
    assertThat(first.network()).contains(new Health.Network(2700, 1500));
    assertThat(first.cpuTempCelsius()).hasValue(51.0);
    assertThat(first.diskPercent().orElseThrow()).isBetween(0.0, 100.0);
  }

  @Test
  void health_fromNothing_isAbsentButTheDisk() {
    Health health = new HealthSampler(root, root.resolve("nowhere")).sample();

    assertThat(health).isEqualTo(Health.UNKNOWN);
  }

  @Test
  void health_fromGarbage_neverFails() throws IOException {
    write("proc/stat", "cpu a b c d e\n");
    write("proc/meminfo", "MemTotal: lots\nMemAvailable:\n");
    write("proc/loadavg", "x y z\n");
    write("proc/uptime", "-\n");
    write("proc/net/dev", "eth0: 1 2\nother\n:\n");
    write("sys/class/hwmon/hwmon0/name", "coretemp\n");
    write("sys/class/hwmon/hwmon0/temp1_input", "9999999\n");
    write("sys/class/hwmon/hwmon0/temp2_input", "42500\n");

    Health health = new HealthSampler(root, root).sample();

    assertThat(health.cpuPercent()).isEmpty();
    assertThat(health.memoryPercent()).isEmpty();
    assertThat(health.loadAverage()).isEmpty();
    assertThat(health.uptimeSeconds()).isEmpty();
    assertThat(health.cpuTempCelsius()).hasValue(42.5);
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
