package muster.agent.tool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.wire.FieldException;
import muster.wire.JsonObject;

/// The tool `write_file`: replaces a regular file, or makes one. Afterwards it holds all of the new
/// content, or all of the old one when anything fails, a full disk too.
///
/// @param mode empty means that of the file that is replaced, else 0644
/// @param createParents makes the directories that are missing, with mode 0755
public record WriteFile(
    Path path, byte[] content, Optional<Set<PosixFilePermission>> mode, boolean createParents)
    implements Job {
  static WriteFile parse(JsonObject json) {
    Args args = new Args(json, "path", "content", "content_b64", "mode", "create_parents");
    Path path = Paths.read(args);
    if (path.getParent() == null) {
      throw new FieldException("args.path", path.toString(), "the path of a file");
    }
    if (args.has("content") == args.has("content_b64")) {
      throw new FieldException("args", null, "either content or content_b64");
    }
    byte[] content =
        args.bytes("content_b64")
            .orElseGet(() -> args.optText("content").orElse("").getBytes(StandardCharsets.UTF_8));
    return new WriteFile(
        path,
        content,
        args.optText("mode").map(text -> Modes.parse("args.mode", text)),
        args.flag("create_parents"));
  }

  @Override
  public void check(Policy policy) {
    policy.requirePath(Policy.Access.WRITE, path);
    if (content.length > policy.limits().fileBytes()) {
      throw new DeniedException(
          content.length + " bytes: limits.file_bytes is " + policy.limits().fileBytes());
    }
  }

  @Override
  public void run(Desk desk) throws IOException, InterruptedException {
    try {
      if (createParents) {
        makeDirectory(parent(path), desk.policy());
      }
      try (OpenPlace place = OpenPlace.any(path, Policy.Access.WRITE, desk.policy())) {
        boolean replaced = replace(place, desk);
        JsonObject done =
            JsonObject.builder()
                .put("path", place.path().toString())
                .put("size", content.length)
                .put("replaced", replaced)
                .build();
        desk.print((done + "\n").getBytes(StandardCharsets.UTF_8));
      }
    } catch (FileSystemException e) {
      throw Paths.told(path, e);
    }
  }

  /// @return whether there was a file before
  private boolean replace(OpenPlace place, Desk desk) throws IOException, InterruptedException {
    Optional<PosixFileAttributes> old = place.attributes();
    if (old.isPresent() && !old.get().isRegularFile()) {
      throw new IOException(path + ": " + OpenPlace.kind(old.get()) + ", not a regular file");
    }
    Path fresh = Path.of(".muster-" + desk.uniqueName());
    place.delete(fresh);
    desk.making(place.path().resolveSibling(fresh));
    boolean moved = false;
    try {
      write(place, fresh, old);
      desk.commit();
      place.directory().move(fresh, place.directory(), place.name());
      moved = true;
    } finally {
      if (!moved) {
        place.delete(fresh);
      }
    }
    DurableFile.syncDirectory(parent(place.path()));
    return old.isPresent();
  }

  private void write(OpenPlace place, Path fresh, Optional<PosixFileAttributes> old)
      throws IOException {
    try (SeekableByteChannel file =
        place
            .directory()
            .newByteChannel(
                fresh,
                Set.of(
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS),
                DurableFile.PRIVATE)) {
      // Before the content, which must not be seen by others meanwhile.
      place.dress(fresh, old, mode);
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        file.write(rest);
      }
      if (file instanceof FileChannel channel) {
        channel.force(true);
      }
    }
  }

  /// Makes a directory and those above it. Nothing is made before it is certain that all of it may
  /// be, and each is looked for in the one above it that was opened as [OpenPlace] does.
  ///
  /// Java makes directories by their path only. Whoever exchanges the one above in that very moment
  /// gets an empty directory made elsewhere, and nothing more: it is not found where it should be.
  private void makeDirectory(Path directory, Policy policy) throws IOException {
    Path there = directory;
    while (!Files.exists(there)) {
      there = parent(there);
    }
    Path real = there.toRealPath();
    policy.requireOpened(
        Policy.Access.WRITE, path, real.resolve(there.relativize(path)).normalize());
    for (Path name : there.relativize(directory)) {
      if (name.toString().isEmpty()) {
        continue;
      }
      try (OpenPlace place = OpenPlace.any(real.resolve(name), Policy.Access.WRITE, policy)) {
        real = place.path();
        makeDirectory(real);
        if (place.attributes().filter(PosixFileAttributes::isDirectory).isEmpty()) {
          throw new NotDirectoryException(real.toString());
        }
      }
    }
  }

  private static void makeDirectory(Path real) throws IOException {
    try {
      Files.createDirectory(real);
    } catch (FileAlreadyExistsException e) {
      // Somebody else was faster.
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + ": has no directory");
    }
    return parent;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WriteFile that
        && path.equals(that.path)
        && Arrays.equals(content, that.content)
        && mode.equals(that.mode)
        && createParents == that.createParents;
  }

  @Override
  public int hashCode() {
    return path.hashCode();
  }

  @Override
  public String toString() {
    return "WriteFile[" + path + ", " + content.length + " bytes]";
  }
}
