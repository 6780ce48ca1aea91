package muster.agent.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import muster.agent.policy.Policy;
import muster.agent.state.DurableFile;
import muster.agent.tool.OpenPlace;
import muster.wire.TransferWrite;

/// A file that comes from the server.
final class Incoming implements Work {
  private static final int PIECE = 64 * 1024;
  private static final int TRIES = 3;

  private final TransferWrite order;
  private final Path path;
  private final Optional<Set<PosixFilePermission>> mode;
  private final ServerFiles server;
  private final Notes notes;
  private final Supplier<Policy> policy;
  private final Sync sync;
  private int wrong;
  private boolean inPlace;

  /// Returns when the file is on disk.
  interface Sync {
    void force(FileChannel file) throws IOException;
  }

  Incoming(
      TransferWrite order,
      Path path,
      Optional<Set<PosixFilePermission>> mode,
      ServerFiles server,
      Notes notes,
      Supplier<Policy> policy,
      Sync sync) {
    this.order = order;
    this.path = path;
    this.mode = mode;
    this.server = server;
    this.notes = notes;
    this.policy = policy;
    this.sync = sync;
  }

  @Override
  public void run(Runnable moved) throws LinkException, FileException, InterruptedException {
    if (!inPlace) {
      ServerFiles.State state = server.state(order.transferId());
      if (state.ended()) {
        throw new EndedException("it is " + state.status());
      }
      Policy rules = policy.get();
      rules.requireTool("write_file");
      rules.requirePath(Policy.Access.WRITE, path);
      try (OpenPlace place = OpenPlace.any(path, Policy.Access.WRITE, rules)) {
        bring(place, moved);
      } catch (LinkException | FileException e) {
        throw e;
      } catch (IOException e) {
        throw FileException.of(path, e);
      }
      inPlace = true;
    }
    server.completed(order.transferId(), order.size(), order.checksum());
  }

  private void bring(OpenPlace place, Runnable moved) throws IOException, InterruptedException {
    Optional<PosixFileAttributes> old = replaced(place);
    Path part = Path.of(".muster-" + order.transferId());
    try (FileChannel file = open(place, part)) {
      requireRoom(place, order.size() - file.size());
      fetch(file, moved);
      place.dress(part, old, mode);
      sync(place, part, file);
    }
    place.directory().move(part, place.directory(), place.name());
    notes.forget(order.transferId());
    DurableFile.syncDirectory(directory(place));
  }

  /// An error of the disk is told once: later it would say that all is well. So what could not be
  /// synced must not be found again.
  private void sync(OpenPlace place, Path part, FileChannel file) throws IOException {
    try {
      sync.force(file);
    } catch (IOException e) {
      place.delete(part);
      notes.forget(order.transferId());
      throw e;
    }
  }

  private Optional<PosixFileAttributes> replaced(OpenPlace place) throws IOException {
    Optional<PosixFileAttributes> old = place.attributes();
    if (old.isPresent() && !old.get().isRegularFile()) {
      place.regular(path);
    }
    return old;
  }

  /// The part that is there, if it is the one that was noted, or a new one.
  private FileChannel open(OpenPlace place, Path part) throws IOException {
    Path real = directory(place).resolve(part);
    Optional<Notes.Note> note =
        notes.read(order.transferId()).filter(found -> found.part().equals(real));
    if (note.isPresent() && isThere(place, part, note.get())) {
      FileChannel file = open(place, part, StandardOpenOption.READ);
      if (isThere(place, part, note.get())) {
        return file;
      }
      file.close();
    }
    place.delete(part);
    FileChannel file = open(place, part, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ);
    boolean noted = false;
    try {
      String key = Notes.key(OpenPlace.attributes(place.directory(), part).fileKey());
      notes.write(order.transferId(), new Notes.Note(real, key));
      noted = true;
      return file;
    } finally {
      if (!noted) {
        file.close();
        place.delete(part);
      }
    }
  }

  private static FileChannel open(OpenPlace place, Path part, StandardOpenOption... how)
      throws IOException {
    Set<OpenOption> options = new HashSet<>(Set.of(how));
    options.add(StandardOpenOption.WRITE);
    options.add(LinkOption.NOFOLLOW_LINKS);
    return (FileChannel) place.directory().newByteChannel(part, options, DurableFile.PRIVATE);
  }

  private static boolean isThere(OpenPlace place, Path part, Notes.Note note) throws IOException {
    OpenPlace there = new OpenPlace(part, place.directory(), part);
    return there
        .attributes()
        .filter(found -> found.isRegularFile() && Notes.key(found.fileKey()).equals(note.key()))
        .isPresent();
  }

  /// Said before anything is fetched; a disk that fills up meanwhile is noticed too.
  private void requireRoom(OpenPlace place, long bytes) throws IOException {
    long room = directory(place).toFile().getUsableSpace(); // 0 also when it is not known
    if (room > 0 && room < bytes) {
      throw new FileException(path + ": no space left on the device for " + bytes + " bytes more");
    }
  }

  private void fetch(FileChannel file, Runnable moved) throws IOException, InterruptedException {
    if (file.size() > order.size()) {
      file.truncate(0);
    }
    Digest digest = new Digest();
    digest.catchUp(file, file.size());
    if (digest.length() < order.size()) {
      try (InputStream content = server.content(order.transferId(), digest.length())) {
        byte[] piece = new byte[PIECE];
        int count = content.read(piece, 0, PIECE);
        while (count >= 0 && digest.length() + count <= order.size()) {
          write(file, piece, count, digest.length());
          digest.add(piece, count);
          moved.run();
          count = content.read(piece, 0, PIECE);
        }
      }
    }
    if (digest.length() < order.size()) {
      throw new LinkException("the content broke off");
    }
    if (!digest.text().equals(order.checksum())) {
      file.truncate(0);
      if (++wrong == TRIES) {
        throw new FileException(path + ": what arrived was not what was sent, " + TRIES + " times");
      }
      throw new LinkException("what arrived is not what was sent");
    }
  }

  private static void write(FileChannel file, byte[] piece, int count, long at) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(piece, 0, count);
    while (rest.hasRemaining()) {
      file.write(rest, at + rest.position());
    }
  }

  private static Path directory(OpenPlace place) {
    Path directory = place.path().getParent();
    if (directory == null) {
      throw new IllegalArgumentException(place.path() + ": has no directory");
    }
    return directory;
  }
}
