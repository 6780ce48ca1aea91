package muster.agent.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files as hosts have them, below a directory.
class HostFilesTest {
  @TempDir private Path root;

  private void write(String file, String... lines) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.write(path, List.of(lines));
  }

  @Test
  void accounts_areReadWithTheirGroups() throws Exception {
    write(
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/bash",
        "www:x:33:33::/var/www:/usr/sbin/nologin",
        "anna:x:1001:1001:Anna,,,:/home/anna:/bin/sh",
        "broken:x:many:1::/:/bin/sh",
        "+nis");
    write("etc/group", "root:x:0:", "anna:x:1001:", "adm:x:4:syslog,anna", "x:x:5:annabel");
    Accounts accounts = new Accounts(root);

    assertThat(accounts.all())
        .extracting(Accounts.Account::name)
        .containsExactly("root", "www", "anna");
    Accounts.Account anna = accounts.find("anna").orElseThrow();
    assertThat(accounts.groups(anna)).containsExactly("anna", "adm");
    assertThat(anna.isSystem()).isFalse();
    assertThat(anna.mayLogIn()).isTrue();
    assertThat(accounts.find("www").orElseThrow())
        .matches(Accounts.Account::isSystem)
        .matches(account -> !account.mayLogIn());
    assertThat(accounts.find("none")).isEmpty();
  }

  @Test
  void mounts_areReadWithTheirBlanks_andTheLastOnesCount() throws Exception {
    write(
        "proc/self/mounts",
        "/dev/sda1 / ext4 rw 0 0",
        "tmpfs /tmp tmpfs rw 0 0",
        "/dev/sdb1 /mnt/my\\040disk xfs rw 0 0",
        "/dev/sdc1 /tmp ext4 rw 0 0");

    assertThat(Mounts.all(root))
        .containsExactly(
            new Mounts.Mount("/dev/sda1", Path.of("/"), "ext4"),
            new Mounts.Mount("/dev/sdb1", Path.of("/mnt/my disk"), "xfs"),
            new Mounts.Mount("/dev/sdc1", Path.of("/tmp"), "ext4"));
  }

  @Test
  void networkTables_areRead() throws Exception {
    Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    write(
        "proc/net/route",
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT",
        "eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
        "eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0");
    write(
        "proc/net/ipv6_route",
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00"
            + " fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0",
        "00000000000000000000000000000001 80 00000000000000000000000000000000 00"
            + " 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo");
    write(
        "proc/net/arp",
        "IP address       HW type     Flags       HW address            Mask     Device",
        "192.168.2.1      0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0",
        "192.168.2.9      0x1         0x0         00:00:00:00:00:00     *        eth0");
    write("etc/resolv.conf", "# made by hand", "nameserver 192.168.2.1", "search a.org b.org");
    write("proc/net/sockstat", "sockets: used 100", "TCP: inuse 7 orphan 0", "UDP: inuse 2 mem 1");
    NetworkTables tables = new NetworkTables(root);

    assertThat(tables.routes())
        .containsExactly(
            new NetworkTables.Route(
                "0.0.0.0/0", Optional.of(InetAddress.getByName("192.168.2.1")), "eth0", 100),
            new NetworkTables.Route("192.168.2.0/24", Optional.empty(), "eth0", 100),
            new NetworkTables.Route(
                "0:0:0:0:0:0:0:0/0", Optional.of(InetAddress.getByName("fe80::1")), "eth0", 1024));
    assertThat(tables.neighbours())
        .containsExactly(new NetworkTables.Neighbour("192.168.2.1", "aa:bb:cc:dd:ee:ff", "eth0"));
    assertThat(tables.resolver("nameserver")).containsExactly("192.168.2.1");
    assertThat(tables.resolver("search")).containsExactly("a.org", "b.org");
    assertThat(tables.sockets()).isEqualTo(Map.of("TCP", 7L, "UDP", 2L));
  }

  private SecurityScan.Finding finding(String check) {
    return new SecurityScan(root)
        .run().stream().filter(each -> each.check().equals(check)).findFirst().orElseThrow();
  }

  @Test
  void securityScan_ofAMachineInOrder_warnsOfNothing() throws Exception {
    write("etc/passwd", "root:x:0:0::/root:/bin/sh");
    write("etc/shadow", "root:*:1::::::");
    write("proc/sys/kernel/randomize_va_space", "2");
    write("etc/ssh/sshd_config", "#PermitRootLogin yes", "PermitRootLogin no");
    Files.createDirectories(root.resolve("tmp"));

    assertThat(new SecurityScan(root).run())
        .extracting(SecurityScan.Finding::status)
        .containsOnly(SecurityScan.Status.OK);
  }

  @Test
  void securityScan_namesWhatItFinds() throws Exception {
    write("etc/passwd", "root:x:0:0::/root:/bin/sh", "toor:x:0:0::/root:/bin/sh");
    write("etc/shadow", "root:*:1::::::", "guest::1::::::");
    write("etc/ssh/sshd_config", "PermitRootLogin yes", "Match all", "PermitEmptyPasswords yes");
    write("etc/open.conf", "");
    Files.setPosixFilePermissions(
        root.resolve("etc/open.conf"), PosixFilePermissions.fromString("rw-rw-rw-"));
    write("proc/sys/kernel/randomize_va_space", "0");
    write("run/reboot-required", "");

    assertThat(finding("superusers").finding()).endsWith(": toor");
    assertThat(finding("empty_passwords").finding()).isEqualTo("without password: guest");
    assertThat(finding("ssh_root_login").status()).isEqualTo(SecurityScan.Status.WARNING);
    assertThat(finding("ssh_empty_passwords").status()).isEqualTo(SecurityScan.Status.OK);
    assertThat(finding("writable_settings").finding()).isEqualTo("writable by all: /etc/open.conf");
    assertThat(finding("address_randomization").status()).isEqualTo(SecurityScan.Status.WARNING);
    assertThat(finding("restart").status()).isEqualTo(SecurityScan.Status.WARNING);
    assertThat(finding("temporary_files").status()).isEqualTo(SecurityScan.Status.UNKNOWN);
  }
}
