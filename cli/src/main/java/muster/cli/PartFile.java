package muster.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A new file beside another, for its owner's eyes only, that takes the other's place when it is
/// whole. Closing it removes what did not.
final class PartFile implements AutoCloseable {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");

  private final Path target;
  private final Path part;

  /// Of the file that was there, else what a new file gets; null where files have no modes.
  private final @Nullable Set<PosixFilePermission> mode;

  PartFile(Path target) throws IOException {
    this.target = target;
    this.part = Files.createFile(target.resolveSibling(".muster-" + UUID.randomUUID() + ".part"));
    PosixFileAttributeView view = view(part);
    if (view == null) {
      this.mode = null;
    } else {
      this.mode =
          Files.isRegularFile(target)
              ? Files.getPosixFilePermissions(target)
              : view.readAttributes().permissions();
      view.setPermissions(PRIVATE);
    }
  }

  private static @Nullable PosixFileAttributeView view(Path file) {
    return Files.getFileAttributeView(file, PosixFileAttributeView.class);
  }

  OutputStream open() throws IOException {
    return Files.newOutputStream(part, StandardOpenOption.WRITE);
  }

  /// To be called when it is whole and its stream is closed.
  void takePlace() throws IOException {
    if (mode != null) {
      Files.setPosixFilePermissions(part, mode);
    }
    Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(part);
  }
}
