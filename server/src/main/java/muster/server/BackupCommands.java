package muster.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.backup.Backups;
import muster.backup.DataDirectory;
import muster.backup.Verification;
import muster.fault.Fault;
import muster.store.SqlAuditStore;
import muster.store.SqliteDatabase;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Backups without a running server: making one, checking one, putting one back.
final class BackupCommands {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private BackupCommands() {}

  @Command(
      name = "backup",
      description =
          "Makes a backup of a stopped server's data, or checks one. A running server is backed up"
              + " with: muster backup [FILE]. The file holds secrets: whoever reads it owns the"
              + " installation.")
  static final class Backup implements Runnable {
    @CommandLine.Mixin Main.Settings settings = new Main.Settings();

    @Option(
        names = "--verify",
        paramLabel = "FILE",
        description = "check this backup, and change nothing")
    @Nullable Path verify;

    @Parameters(arity = "0..1", paramLabel = "FILE", description = "default: named by the time")
    @Nullable Path file;

    @Override
    public void run() {
      LogSetup.quiet();
      if (verify != null) {
        describe("Sound", verify, Verification.of(verify));
        return;
      }
      InstantSource clock = InstantSource.system();
      Path target =
          Optional.ofNullable(file)
              .orElseGet(() -> Path.of("muster-backup-" + STAMP.format(clock.instant()) + ".zip"));
      make(settings.config().data(), target, clock);
      describe("Written and checked", target, Verification.of(target));
    }

    private static void make(Path data, Path target, InstantSource clock) {
      if (Files.exists(target)) {
        throw Fault.invalid("file", target.toString(), "one that is not there yet");
      }
      if (!Files.exists(DataDirectory.store(data))) {
        throw Fault.notFound("store", DataDirectory.store(data).toString());
      }
      try (DataDirectory directory = stopped(data);
          SqliteDatabase database = SqliteDatabase.open(DataDirectory.store(data), 1)) {
        Audit audit = new Audit(database, new SqlAuditStore(database), clock);
        Backups backups = new Backups(database, directory, audit, Version.TEXT, clock);
        try (Backups.Prepared prepared = backups.prepare(Caller.SERVER)) {
          write(prepared, target);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("can't write " + target, e);
      }
    }

    private static DataDirectory stopped(Path data) {
      try {
        return DataDirectory.open(data);
      } catch (Fault e) {
        throw new Fault(
            e.code(), e.getMessage() + " (a running server is backed up with: muster backup FILE)");
      }
    }

    private static void write(Backups.Prepared prepared, Path target) throws IOException {
      Path part = target.resolveSibling(target.getFileName() + ".part");
      Files.deleteIfExists(part);
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (OutputStream out = Files.newOutputStream(part)) {
        prepared.writeTo(out);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void describe(String what, Path file, Verification backup) {
    try {
      System.out.printf(
          "%s: %s%n  made      %s by muster %s%n  size      %s, %s of store%n"
              + "  audit     %d entries, the chain is whole%n",
          what,
          file,
          backup.at(),
          backup.version(),
          Bytes.text(Files.size(file)),
          Bytes.text(backup.bytes()),
          backup.auditEntries());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Command(
      name = "restore",
      description =
          "Puts a backup in the place of a stopped server's data, which is moved aside. What was"
              + " revoked since stays revoked.")
  static final class Restore implements Runnable {
    @CommandLine.Mixin Main.Settings settings = new Main.Settings();

    @Parameters(paramLabel = "FILE", description = "made by muster backup")
    Path file = Path.of("");

    @Option(
        names = "--expire-credentials",
        description =
            "end all sessions, keys and enrolment tokens in the backup; prints one new owner key")
    boolean expireCredentials;

    @Override
    public void run() {
      LogSetup.quiet();
      Path data = settings.config().data();
      muster.backup.Restore.Done done =
          new muster.backup.Restore(data, InstantSource.system()).run(file, expireCredentials);
      StringBuilder text = new StringBuilder();
      text.append("Restored %s into %s\n".formatted(file, data));
      line(text, "made", done.backup().at() + " by muster " + done.backup().version());
      line(
          text,
          "before",
          done.aside().map(dir -> "moved to " + dir).orElse("there was no store here"));
      line(
          text,
          "revoked",
          done.ledgerMissing()
              ? "UNKNOWN: revocations.log of that server is not here"
              : done.revoked() + " revocations since then were carried out again");
      line(text, "commands", commands(done.unfinished()));
      if (expireCredentials) {
        line(text, "ended", done.expired() + " sessions, keys and enrolment tokens");
      }
      done.newKey().ifPresent(key -> line(text, "owner key", key.text() + "  (shown this once)"));
      text.append("Start it with: muster up, or muster serve\n");
      System.out.print(text);
      if (done.ledgerMissing() && !expireCredentials) {
        System.err.println(
            "muster: keys, sessions, users and devices that were revoked after the backup was made"
                + " are alive again. Unless none were: run this again with --expire-credentials,"
                + " then look through muster user list and muster devices.");
      }
    }

    private static String commands(long unfinished) {
      return unfinished == 0
          ? "none had been waiting or running"
          : unfinished + " were waiting or running; devices are asked before any of them runs";
    }

    private static void line(StringBuilder text, String label, String value) {
      text.append("  %-9s %s%n".formatted(label, value));
    }
  }
}
