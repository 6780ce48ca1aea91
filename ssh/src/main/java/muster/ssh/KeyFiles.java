package muster.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;
import muster.fault.Fault;

/// The private keys that this server may log in with: regular files directly in one directory, of
/// the server's own user and readable by nobody else.
final class KeyFiles {
  private static final int MOST_BYTES = 64 * 1024;
  private static final String HOME = "~/.ssh/";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final String EXPECTED =
      "the name of a private key in the server's deploy.ssh_keys";

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final Path directory;
  private final Path own;

  /// @param directory where the keys are; need not be there
  /// @param own something that the server's user has made
  KeyFiles(Path directory, Path own) {
    this.directory = directory;
    this.own = own;
  }

  /// @param given a name, or a path that is one: in the directory itself or, as the page has it,
  ///   `~/.ssh/…`, which stands for the same name in that directory
  /// @throws Fault INVALID_ARGUMENT
  byte[] read(String given) {
    String name = name(given);
    Path file = directory.resolve(name);
    try {
      require(given, !isOpenToOthers(directory, true), "a directory that only its owner writes to");
      PosixFileAttributes found =
          Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      require(given, found.isRegularFile(), "a regular file, no link");
      require(given, found.owner().equals(Files.getOwner(own)), "a file of the server's own user");
      require(
          given, !isOpenToOthers(file, false), "a file that only its owner may read, mode 0600");
      require(given, found.size() <= MOST_BYTES, "a private key, at most 64 KiB");
      try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
        return in.readNBytes(MOST_BYTES);
      }
    } catch (IOException e) {
      throw Fault.invalid("ssh_key", given, EXPECTED);
    }
  }

  private String name(String given) {
    String prefix = given.startsWith(HOME) ? HOME : directory + "/";
    String name = given.startsWith(prefix) ? given.substring(prefix.length()) : given;
    if (!NAME.matcher(name).matches()) {
      throw Fault.invalid("ssh_key", given, EXPECTED);
    }
    return name;
  }

  /// @param toWrite whether only writing counts
  private static boolean isOpenToOthers(Path path, boolean toWrite) throws IOException {
    return Files.getPosixFilePermissions(path).stream()
        .filter(OTHERS::contains)
        .anyMatch(permission -> !toWrite || permission.name().endsWith("WRITE"));
  }

  private static void require(String given, boolean holds, String expected) {
    if (!holds) {
      throw Fault.invalid("ssh_key", given, expected);
    }
  }
}
