package muster.agent.tool;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Optional;
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
record OpenPlace(Path path, SecureDirectoryStream<Path> directory, Path name) implements Closeable {

  /// A file that is there, or a directory.
  ///
  /// @throws muster.agent.policy.DeniedException naming the rule
  static OpenPlace existing(Path given, Policy.Access access, Policy policy) throws IOException {
    try {
      return at(given, given.toRealPath(), access, policy);
    } catch (FileSystemException e) {
      throw Paths.told(given, e);
    }
  }

  /// A file that may not be there yet; its directory must be.
  ///
  /// @throws muster.agent.policy.DeniedException naming the rule
  static OpenPlace any(Path given, Policy.Access access, Policy policy) throws IOException {
    try {
      return at(given, real(given), access, policy);
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
  Optional<PosixFileAttributes> attributes() throws IOException {
    try {
      return Optional.of(attributes(directory, name));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  static PosixFileAttributes attributes(SecureDirectoryStream<Path> directory, Path name)
      throws IOException {
    return directory
        .getFileAttributeView(name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
        .readAttributes();
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
