package muster.agent.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The agent's directory, which others may pass through (mode 0711) and not list; what is in it is
/// the agent's alone, but for the versions of software, which run as any user:
///
/// | name | content |
/// |---|---|
/// | `credential.json` | who the device is, and its secret |
/// | `policy.json` | what the server may do here, if the owner wrote it |
/// | `journal` | what was started and how it ended |
/// | `spool/` | output that the server has not acknowledged |
/// | `transfers/` | where the parts of files are that are on their way here |
/// | `terminals/` | which shells are open for remote sessions |
/// | `updates/` | versions of software |
/// | `status.json` | the link's state, for `muster-agent status` |
/// | `lock` | held by the one agent process that may use all this |
public record StateDir(Path path) {

  /// Where the state is when nobody says otherwise.
  ///
  /// @param home the user's home directory
  public static Path defaultPath(String user, Path home) {
    return user.equals("root")
        ? Path.of("/var/lib/muster-agent")
        : home.resolve(".local/share/muster-agent");
  }

  /// Makes the directory when it is missing.
  public static StateDir create(Path path) throws IOException {
    Directory.create(path, "rwx--x--x");
    for (String inner : List.of("spool", "transfers", "terminals")) {
      Directory.create(path.resolve(inner), "rwx------");
    }
    Directory.create(path.resolve("updates"), "rwxr-xr-x");
    return new StateDir(path.toAbsolutePath());
  }

  public Path credential() {
    return path.resolve("credential.json");
  }

  public Path spool() {
    return path.resolve("spool");
  }

  public Path transfers() {
    return path.resolve("transfers");
  }

  public Path updates() {
    return path.resolve("updates");
  }

  public Path terminals() {
    return path.resolve("terminals");
  }

  public Path status() {
    return path.resolve("status.json");
  }

  /// Takes the lock until the returned channel is closed or the process ends; empty when another
  /// process has it.
  public Optional<FileChannel> lock() throws IOException {
    FileChannel channel =
        FileChannel.open(
            path.resolve("lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            DurableFile.PRIVATE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      return Optional.empty();
    }
    return Optional.of(channel);
  }

  /// Whether an agent process uses this directory now. False too when the directory cannot be read.
  public boolean inUse() {
    if (!Files.exists(path.resolve("lock"))) {
      return false;
    }
    try {
      Optional<FileChannel> lock = lock();
      if (lock.isPresent()) {
        lock.get().close();
      }
      return lock.isEmpty();
    } catch (IOException e) {
      return false;
    }
  }
}
