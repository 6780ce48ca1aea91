package muster.agent.tool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import muster.agent.policy.Policy;

/// A name in a directory that is held open.
///
/// The path that was given is followed to where it really leads, that is checked against the
/// policy, and then it is opened once more from the root, name by name, each in the directory
/// opened before and never through a symbolic link. So what is open is what was checked, whatever
/// is exchanged meanwhile: exchanging makes the opening fail. It needs the right to read every
/// directory on the way.
///
/// @param path without symbolic links
/// @param directory the open one
/// @param name of the file in it
public record OpenPlace(Path path, SecureDirectoryStream<Path> directory, Path name)
    implements Closeable {

  private static final Set<PosixFilePermission> USUAL = Modes.of(0644);

  /// A file that is there, or a directory.
  ///
  /// @throws muster.agent.policy.DeniedException naming the rule
  public static OpenPlace existing(Path given, Policy.Access access, Policy policy)
      throws IOException {
    try {
      return at(given, given.toRealPath(), access, policy);
    } catch (FileSystemException e) {
      throw Paths.told(given, e);
    }
  }

  /// A file that may not be there yet; its directory must be.
  ///
  /// @throws muster.agent.policy.DeniedException naming the rule
  public static OpenPlace any(Path given, Policy.Access access, Policy policy) throws IOException {
    try {
      return at(given, real(given), access, policy);
    } catch (FileSystemException e) {
      throw Paths.told(given, e);
    }
  }

  /// What is under the last name itself, were it a symbolic link.
  ///
  /// @throws muster.agent.policy.DeniedException naming the rule
  static OpenPlace itself(Path given, Policy.Access access, Policy policy) throws IOException {
    Path parent = given.getParent();
    if (parent == null) {
      return existing(given, access, policy);
    }
    try {
      return at(given, parent.toRealPath().resolve(given.getFileName()), access, policy);
    } catch (FileSystemException e) {
      throw Paths.told(given, e);
    }
  }

  /// Where the path leads when the last name may be missing.
  private static Path real(Path given) throws IOException {
    Path parent = given.getParent();
    if (parent == null || Files.exists(given, LinkOption.NOFOLLOW_LINKS)) {
      return given.toRealPath();
    }
    return parent.toRealPath().resolve(given.getFileName());
  }

  private static OpenPlace at(Path given, Path real, Policy.Access access, Policy policy)
      throws IOException {
    policy.requireOpened(access, given, real);
    Path parent = real.getParent();
    return parent == null
        ? new OpenPlace(real, open(real), Path.of("."))
        : new OpenPlace(real, open(parent), real.getFileName());
  }

  /// Opens a directory name by name.
  private static SecureDirectoryStream<Path> open(Path real) throws IOException {
    SecureDirectoryStream<Path> current = secure(Files.newDirectoryStream(Path.of("/")));
    for (Path name : real) {
      try (SecureDirectoryStream<Path> outer = current) {
        current = outer.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
      }
    }
    return current;
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("this system cannot open a directory safely");
  }

  /// What is under the name, a symbolic link itself and not what it leads to; empty when nothing.
  public Optional<PosixFileAttributes> attributes() throws IOException {
    try {
      return Optional.of(attributes(directory, name));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  public static PosixFileAttributes attributes(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    return directory
        .getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
  }

  /// What is under the name, if that is a regular file.
  ///
  /// @param given as messages name it
  public PosixFileAttributes regular(Path given) throws IOException {
    Optional<PosixFileAttributes> found = attributes();
    return found
        .filter(PosixFileAttributes::isRegularFile)
        .orElseThrow(() ->
            new IOException(
                given + ": " + found.map(OpenPlace::kind).orElse("gone") + ", not a regular file"));
  }

  /// Opens a regular file to read. A pipe or device that is put there meanwhile is not read.
  ///
  /// @param given as messages name it
  public SeekableByteChannel openRegular(Path given) throws IOException {
    PosixFileAttributes before = regular(given);
    SeekableByteChannel file =
        directory.newByteChannel(name, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    boolean same = false;
    try {
      same = Objects.equals(before.fileKey(), regular(given).fileKey());
    } finally {
      if (!same) {
        file.close();
      }
    }
    if (!same) {
      throw new IOException(given + ": exchanged while it was opened");
    }
    return file;
  }

  /// Gives a fresh file in the directory owner, group and mode: those of the file that it is to
  /// replace, unless told otherwise.
  public void dress(
      Path fresh, Optional<PosixFileAttributes> old, Optional<Set<PosixFilePermission>> mode)
      throws IOException {
    PosixFileAttributeView view =
        directory.getFileAttributeView(
            fresh, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (old.isPresent()) {
      PosixFileAttributes mine = view.readAttributes();
      if (!mine.owner().equals(old.get().owner())) {
        view.setOwner(old.get().owner());
      }
      if (!mine.group().equals(old.get().group())) {
        view.setGroup(old.get().group());
      }
    }
    view.setPermissions(mode.or(() -> old.map(PosixFileAttributes::permissions)).orElse(USUAL));
  }

  /// Removes a file of the directory, or nothing when it is not there.
  public void delete(Path file) throws IOException {
    try {
      directory.deleteFile(file);
    } catch (NoSuchFileException e) {
      // Nothing is left of an earlier try.
    }
  }

  /// The directory under the name.
  SecureDirectoryStream<Path> enter() throws IOException {
    return directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
  }

  /// As people call it.
  static String kind(BasicFileAttributes attributes) {
    if (attributes.isRegularFile()) {
      return "file";
    }
    if (attributes.isDirectory()) {
      return "directory";
    }
    return attributes.isSymbolicLink() ? "link" : "special";
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }
}
