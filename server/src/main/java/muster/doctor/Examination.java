package muster.doctor;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.audit.Audit;
import muster.backup.DataDirectory;
import muster.store.RevocationLedger;
import muster.store.StoreCheck;

/// The checks, each a function of what it looks at. None of them changes anything.
public final class Examination {
  private static final long LEAST_FREE = 64L << 20;
  private static final long LITTLE_FREE = 1L << 30;
  private static final Duration OLD_BACKUP = Duration.ofDays(7);
  private static final Duration RENEWAL_OVERDUE = Duration.ofDays(30);
  private static final Duration LONG_WAIT = Duration.ofDays(3);

  /// Files the server needs beside its connections.
  private static final int OTHER_FILES = 200;

  private Examination() {}

  /// Everything that can be seen of a data directory, whether a server runs on it or not.
  public static List<Finding> ofDirectory(Path data, Instant now, int maxConnections) {
    List<Finding> found = new ArrayList<>();
    Path server = DataDirectory.server(data);
    if (!Files.isDirectory(server)) {
      found.add(
          Finding.fail(
              "directory",
              server + " is not there",
              "name the right one with --data, or start a server with ./muster up"));
      return found;
    }
    found.add(guarded("directory", () -> permissions(server)));
    found.add(guarded("lock", () -> lock(data)));
    found.add(guarded("disk", () -> disk(server)));
    Finding store = guarded("store", () -> store(DataDirectory.store(data)));
    found.add(store);
    if (store.status() == Finding.Status.OK) {
      found.add(guarded("audit", () -> chain(AuditFiles.verify(data, Optional.empty()))));
    }
    found.add(guarded("revocations", () -> ledger(data)));
    found.add(guarded("certificate", () -> certificate(DataDirectory.tls(data), now)));
    found.add(guarded("clock", () -> clock(DataDirectory.store(data), now)));
    found.add(openFiles(maxConnections));
    return found;
  }

  private interface Check {
    Finding run() throws IOException;
  }

  private static Finding guarded(String check, Check look) {
    try {
      return look.run();
    } catch (IOException | RuntimeException e) {
      return Finding.fail(
          check, "can't be looked at: " + e, "run it as the user who runs the server");
    }
  }

  static Finding permissions(Path server) throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(server);
    String shown = PosixFilePermissions.toString(mode);
    return shown.endsWith("------")
        ? Finding.ok("directory", server + ", " + shown)
        : Finding.fail(
            "directory",
            "%s is open to others: %s".formatted(server, shown),
            "chmod 700 " + server);
  }

  static Finding lock(Path data) throws IOException {
    if (Files.exists(DataDirectory.server(data).resolve("restore-under-way"))) {
      return Finding.fail(
          "lock", "a restore was interrupted", "run muster restore FILE --data " + data + " again");
    }
    return Finding.ok(
        "lock", DataDirectory.isInUse(data) ? "a server runs here" : "no server runs here");
  }

  public static Finding disk(Path directory) throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    String shown = "%d MiB free under %s".formatted(free >> 20, directory);
    String advice = "make room, or move the data directory; on a full disk nothing is stored";
    return free < LEAST_FREE
        ? Finding.fail("disk", shown, advice)
        : free < LITTLE_FREE ? Finding.warn("disk", shown, advice) : Finding.ok("disk", shown);
  }

  public static Finding store(Path file) throws IOException {
    if (!Files.exists(file) || Files.size(file) == 0) {
      return Finding.fail(
          "store", file + " is missing or empty", "put back a backup: muster restore FILE");
    }
    List<String> problems = StoreCheck.problems(file);
    return problems.isEmpty()
        ? Finding.ok("store", "%s, %d MiB, whole".formatted(file, Files.size(file) >> 20))
        : Finding.fail(
            "store",
            "%s is damaged: %s".formatted(file, String.join("; ", problems)),
            "stop the server, keep a copy of the directory, put back a backup: muster restore FILE");
  }

  public static Finding ledger(Path data) throws IOException {
    Path file = DataDirectory.ledger(data);
    Optional<RevocationLedger.Content> content = RevocationLedger.look(file);
    if (content.isEmpty()) {
      return Finding.fail(
          "revocations",
          file + " is missing",
          "put it back from wherever it went; without it an old backup revives what was revoked");
    }
    int damaged = content.get().damagedLines();
    return damaged == 0
        ? Finding.ok("revocations", content.get().entries() + " on record")
        : Finding.fail(
            "revocations",
            "%d lines of %s can't be read".formatted(damaged, file),
            "look through keys, users and devices after a restore: some may be alive again");
  }

  public static Finding certificate(Path tls, Instant now) throws IOException {
    Instant ca = end(tls.resolve("ca.pem"));
    Instant server = end(tls.resolve("server.pem"));
    if (now.isAfter(ca) || now.isAfter(server)) {
      return Finding.fail(
          "certificate",
          "run out: CA %s, server %s".formatted(ca, server),
          "start the server anew, which renews its own; see also whether the clock is right");
    }
    return server.isBefore(now.plus(RENEWAL_OVERDUE))
        ? Finding.warn(
            "certificate", "good until " + server, "start the server anew, which renews it")
        : Finding.ok("certificate", "good until " + server + ", the CA until " + ca);
  }

  private static Instant end(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return ((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in))
          .getNotAfter()
          .toInstant();
    } catch (CertificateException e) {
      throw new IOException(file + " is no certificate", e);
    }
  }

  static Finding clock(Path store, Instant now) throws IOException {
    Instant written = Files.getLastModifiedTime(store).toInstant();
    return written.isAfter(now.plus(Duration.ofMinutes(5)))
        ? Finding.fail(
            "clock",
            "it is %s, and the store was written at %s".formatted(now, written),
            "set the clock; tokens, time-outs and certificates go by it")
        : Finding.ok("clock", now.toString());
  }

  /// Of this process and of those started like it.
  public static Finding openFiles(int maxConnections) {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)) {
      return Finding.ok("open files", "no limit known");
    }
    long limit = unix.getMaxFileDescriptorCount();
    long wanted = (long) maxConnections + OTHER_FILES;
    String shown = "limit %d, wanted %d".formatted(limit, wanted);
    return limit >= wanted
        ? Finding.ok("open files", shown)
        : Finding.warn(
            "open files",
            shown,
            "raise the limit (ulimit -n, LimitNOFILE=) or lower server.max_connections");
  }

  public static Finding chain(Audit.Verification chain) {
    return chain.firstBad().isEmpty()
        ? Finding.ok("audit", chain.checked() + " entries, the chain is whole")
        : Finding.fail(
            "audit",
            "the chain breaks at entry %d: %s".formatted(chain.firstBad().get(), chain.problem()),
            "somebody changed the store; compare with a backup: muster backup --verify FILE");
  }

  public static Finding lastBackup(Optional<Instant> last, Instant now) {
    return last.isEmpty()
        ? Finding.warn("backup", "none was ever made", "muster backup")
        : last.get().isBefore(now.minus(OLD_BACKUP))
            ? Finding.warn("backup", "the last is of " + last.get(), "muster backup")
            : Finding.ok("backup", "the last is of " + last.get());
  }

  public static Finding oldestWaiting(Optional<Instant> oldest, Instant now) {
    return oldest.isPresent() && oldest.get().isBefore(now.minus(LONG_WAIT))
        ? Finding.warn(
            "commands",
            "the oldest has waited since " + oldest.get(),
            "look whom it is for: muster commands --status queued")
        : Finding.ok(
            "commands", oldest.map(at -> "the oldest waits since " + at).orElse("none waits"));
  }
}
