package muster.backup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// The server's part of the data directory, `server/`, and who works in it: one program at a time.
/// Holding one of these is holding the lock.
public final class DataDirectory implements AutoCloseable {
  static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

  private final Path data;
  private final FileChannel lock;

  private DataDirectory(Path data, FileChannel lock) {
    this.data = data;
    this.lock = lock;
  }

  public static Path server(Path data) {
    return data.resolve("server");
  }

  public static Path store(Path data) {
    return server(data).resolve("muster.db");
  }

  /// What devices measured.
  public static Path samples(Path data) {
    return server(data).resolve("samples.db");
  }

  public static Path ledger(Path data) {
    return server(data).resolve("revocations.log");
  }

  /// Contents of files on their way; no part of a backup.
  public static Path spool(Path data) {
    return server(data).resolve("spool");
  }

  /// Contents of what updates are made of; no part of a backup.
  public static Path binaries(Path data) {
    return server(data).resolve("binaries");
  }

  public static Path tls(Path data) {
    return server(data).resolve("tls");
  }

  /// The keys of the server's own JWTs; no part of a backup, for those live an hour at most.
  public static Path jwtKeys(Path data) {
    return server(data).resolve("jwt.keys");
  }

  /// What is needed to log in to machines: `keys/` and `known_hosts`; no part of a backup.
  public static Path ssh(Path data) {
    return data.resolve("ssh");
  }

  /// There while a restore has taken the present data away and not yet put the backup in place.
  static Path restoring(Path data) {
    return server(data).resolve("restore-under-way");
  }

  /// Takes the directory for a server, makes it if need be.
  ///
  /// @throws Fault UNAVAILABLE when another program works in it, or a restore was interrupted
  public static DataDirectory open(Path data) {
    DataDirectory directory = take(data);
    if (Files.exists(restoring(data))) {
      directory.close();
      throw new Fault(
          FaultCode.UNAVAILABLE,
          "data: a restore into %s was interrupted; run muster restore FILE --data %s again"
              .formatted(data, data));
    }
    return directory;
  }

  /// As [#open], also in the middle of a restore.
  static DataDirectory take(Path data) {
    try {
      if (!Files.exists(data)) {
        Files.createDirectories(data, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      }
      // A data directory made by somebody else may be open to all; what is in here is not.
      Path directory = Files.createDirectories(server(data));
      Files.setPosixFilePermissions(directory, OWNER_ONLY);
      FileChannel channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!isLocked(channel)) {
        channel.close();
        throw new Fault(
            FaultCode.UNAVAILABLE, "data: %s is in use by another server".formatted(data));
      }
      DataDirectory taken = new DataDirectory(data, channel);
      // What a program that was killed left half-done.
      delete(taken.scratch());
      return taken;
    } catch (IOException e) {
      throw new UncheckedIOException("data: %s can't be used".formatted(data), e);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // by a server in this very process
    }
  }

  /// Whether some program holds the directory now.
  public static boolean isInUse(Path data) throws IOException {
    Path file = server(data).resolve("lock");
    if (!Files.exists(file)) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      return !isLocked(channel);
    }
  }

  public Path data() {
    return data;
  }

  /// For files that need not survive; on the same file system as the store.
  Path scratch() {
    return server(data).resolve("tmp");
  }

  /// A new empty directory in [#scratch()].
  Path newScratch(String name) throws IOException {
    Files.createDirectories(scratch(), PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    return Files.createTempDirectory(
        scratch(), name, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
  }

  /// Deletes a directory with all in it, or nothing when it is not there.
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }

  /// Makes new names in a directory survive the loss of power.
  static void sync(Path directory) throws IOException {
    try (FileChannel entries = FileChannel.open(directory)) {
      entries.force(true);
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the lock file could not be closed", e);
    }
  }
}
