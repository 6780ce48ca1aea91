package muster.agent.update;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Enumeration;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import muster.agent.host.TarException;
import muster.agent.host.TarReader;
import muster.agent.state.Directory;

/// Unpacks an archive into an empty directory, and nothing anywhere else: no path leads out of it,
/// no link does, and nothing is written through one. Devices and pipes are refused, rights for
/// others than reading are not given, setuid and its kin are dropped.
final class Unpacking {
  private static final int PIECE = 64 * 1024;
  private static final int MOST_ENTRIES = 200_000;

  private static final Set<PosixFilePermission> OWNERS =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> PLAIN =
      PosixFilePermissions.fromString("rw-r--r--");

  /// What its owner may, the others may read and run.
  private static final Set<PosixFilePermission> HARMLESS =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final Path into;
  private final long limit;
  private long bytes;
  private int entries;

  private Unpacking(Path into, long limit) {
    this.into = into;
    this.limit = limit;
  }

  /// Of tar, tar.gz or zip, as the file's beginning says.
  ///
  /// @param limit how many bytes it may become
  /// @throws UpdateException BAD_ARCHIVE or ARCHIVE_TOO_LARGE
  static void unpack(Path archive, Path into, long limit) throws IOException, InterruptedException {
    byte[] magic;
    try (InputStream in = Files.newInputStream(archive)) {
      magic = in.readNBytes(4);
    }
    Unpacking unpacking = new Unpacking(into, limit);
    try {
      if (magic.length >= 2 && magic[0] == 'P' && magic[1] == 'K') {
        unpacking.zip(archive);
      } else if (magic.length >= 2 && (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b) {
        try (InputStream in =
            new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive)), PIECE)) {
          unpacking.tar(in);
        }
      } else {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive), PIECE)) {
          unpacking.tar(in);
        }
      }
    } catch (ZipException | TarException | EOFException e) {
      throw bad("the archive is damaged: " + e.getMessage());
    }
  }

  private void tar(InputStream in) throws IOException, InterruptedException {
    TarReader tar = new TarReader(in);
    for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
      TarReader.Entry entry = next.get();
      Path path = place(entry.name());
      switch (entry.kind()) {
        case DIRECTORY:
          directories(path);
          break;
        case FILE:
          file(path, permissions(entry.mode()), tar::read);
          break;
        case SYMBOLIC_LINK:
          symbolicLink(path, entry);
          break;
        case HARD_LINK:
          hardLink(path, entry);
          break;
        case OTHER:
          throw bad(entry.name() + ": neither a file, a directory nor a link");
      }
    }
    if (entries == 0) {
      throw bad("the archive is empty, or none");
    }
  }

  private void zip(Path archive) throws IOException, InterruptedException {
    // The one lists what is there, the other knows the rights that Unix tools put down.
    try (ZipFile zip = new ZipFile(archive.toFile());
        FileSystem system = FileSystems.newFileSystem(archive)) {
      Enumeration<? extends ZipEntry> all = zip.entries();
      while (all.hasMoreElements()) {
        ZipEntry entry = all.nextElement();
        Path path = place(entry.getName());
        if (entry.isDirectory()) {
          directories(path);
        } else {
          try (InputStream in = zip.getInputStream(entry)) {
            file(path, permissions(system.getPath(entry.getName())), in::read);
          }
        }
      }
    } catch (IllegalArgumentException | ProviderNotFoundException e) {
      throw bad("the archive is damaged: " + e.getMessage());
    }
  }

  /// @throws UpdateException for a name that leads out
  private Path place(String name) throws UpdateException {
    entries++;
    if (entries > MOST_ENTRIES) {
      throw new UpdateException(Reason.ARCHIVE_TOO_LARGE, "more than " + MOST_ENTRIES + " entries");
    }
    Path path = inside(into, name, name);
    return path;
  }

  /// What a name means that starts from a directory within.
  private Path inside(Path from, String name, String told) throws UpdateException {
    try {
      Path path = Path.of(name);
      Path resolved = from.resolve(path).normalize();
      if (!path.isAbsolute() && resolved.startsWith(into)) {
        return resolved;
      }
    } catch (InvalidPathException e) {
      // told below
    }
    throw bad(told + ": leads out of the archive");
  }

  /// Makes what is missing, and refuses to go through links.
  private void directories(Path path) throws IOException {
    Path at = into;
    for (Path part : into.relativize(path)) {
      if (part.toString().isEmpty()) {
        continue;
      }
      at = at.resolve(part);
      if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
        throw bad(into.relativize(at) + ": is there already, and no directory");
      }
      Directory.create(at, "rwxr-xr-x");
    }
  }

  private void parents(Path path) throws IOException {
    Path parent = path.getParent();
    if (path.equals(into) || parent == null) {
      throw bad("an entry without a name");
    }
    directories(parent);
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      throw bad(into.relativize(path) + ": is there already, as a directory");
    }
    Files.deleteIfExists(path);
  }

  /// Where a file's content comes from.
  private interface Content {
    /// @return how many bytes; -1 at its end
    int read(byte[] bytes) throws IOException;
  }

  private void file(Path path, Set<PosixFilePermission> permissions, Content content)
      throws IOException, InterruptedException {
    parents(path);
    byte[] buffer = new byte[PIECE];
    try (FileChannel out =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        bytes += read;
        if (bytes > limit) {
          throw new UpdateException(
              Reason.ARCHIVE_TOO_LARGE, "it becomes more than " + limit + " bytes");
        }
        ByteBuffer piece = ByteBuffer.wrap(buffer, 0, read);
        while (piece.hasRemaining()) {
          out.write(piece);
        }
      }
      out.force(true);
    }
    permissions.addAll(OWNERS);
    permissions.retainAll(HARMLESS);
    Files.setPosixFilePermissions(path, permissions);
  }

  /// What a zip says of a file in it, if anything.
  private static Set<PosixFilePermission> permissions(Path zipped) throws IOException {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    if (!Files.isRegularFile(zipped)) {
      throw bad(zipped + ": a name that means two things");
    }
    if (Files.getAttribute(zipped, "zip:permissions") instanceof Set<?> said) {
      said.forEach(one -> permissions.add((PosixFilePermission) one));
    } else {
      permissions.addAll(PLAIN);
    }
    return permissions;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    if ((mode & 0100) != 0) {
      permissions.add(PosixFilePermission.OWNER_EXECUTE);
    }
    if ((mode & 0040) != 0) {
      permissions.add(PosixFilePermission.GROUP_READ);
    }
    if ((mode & 0010) != 0) {
      permissions.add(PosixFilePermission.GROUP_EXECUTE);
    }
    if ((mode & 0004) != 0) {
      permissions.add(PosixFilePermission.OTHERS_READ);
    }
    if ((mode & 0001) != 0) {
      permissions.add(PosixFilePermission.OTHERS_EXECUTE);
    }
    return permissions;
  }

  private void symbolicLink(Path path, TarReader.Entry entry) throws IOException {
    parents(path);
    Path parent = path.getParent();
    if (entry.target().isEmpty() || parent == null) {
      throw bad(entry.name() + ": a link to nothing");
    }
    inside(parent, entry.target(), entry.name() + " -> " + entry.target());
    Files.createSymbolicLink(path, Path.of(entry.target()));
  }

  private void hardLink(Path path, TarReader.Entry entry) throws IOException {
    Path target = inside(into, entry.target(), entry.name() + " -> " + entry.target());
    parents(path);
    directories(Optional.ofNullable(target.getParent()).orElse(into));
    if (!Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
      throw bad(entry.name() + ": a link to " + entry.target() + ", which is no file before it");
    }
    Files.createLink(path, target);
  }

  private static UpdateException bad(String detail) {
    return new UpdateException(Reason.BAD_ARCHIVE, detail);
  }
}
