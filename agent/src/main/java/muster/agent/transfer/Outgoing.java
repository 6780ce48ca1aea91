package muster.agent.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.function.Supplier;
import muster.agent.policy.Policy;
import muster.agent.tool.OpenPlace;

/// A file that goes to the server.
final class Outgoing implements Work {
  private static final int PIECE = 1 << 20;
  private static final int TRIES = 3;

  private final String id;
  private final Path path;
  private final ServerFiles server;
  private final Supplier<Policy> policy;
  private int wrong;

  Outgoing(String id, Path path, ServerFiles server, Supplier<Policy> policy) {
    this.id = id;
    this.path = path;
    this.server = server;
    this.policy = policy;
  }

  @Override
  public void run(Runnable moved) throws LinkException, FileException, InterruptedException {
    Policy rules = policy.get();
    rules.requireTool("read_file");
    rules.requirePath(Policy.Access.READ, path);
    try (OpenPlace place = OpenPlace.existing(path, Policy.Access.READ, rules);
        SeekableByteChannel opened = place.openRegular(path)) {
      send(place, (FileChannel) opened, moved);
    } catch (LinkException | FileException e) {
      throw e;
    } catch (IOException e) {
      throw FileException.of(path, e);
    }
  }

  private void send(OpenPlace place, FileChannel file, Runnable moved)
      throws IOException, InterruptedException {
    PosixFileAttributes before = place.regular(path);
    long size = before.size();
    ServerFiles.State state = server.state(id);
    if (state.ended()) {
      throw new EndedException("it is " + state.status());
    }
    if (state.size().isPresent() && state.size().getAsLong() != size) {
      throw changed();
    }
    Digest digest = new Digest();
    long offset = state.offset();
    byte[] piece = new byte[(int) Math.min(PIECE, size)];
    while (offset < size) {
      digest.catchUp(file, offset);
      int count = read(file, piece, offset);
      requireSame(place, before);
      long next = server.put(id, offset, size, piece, count);
      if (next > offset) {
        moved.run();
      }
      offset = next;
    }
    digest.catchUp(file, size);
    requireSame(place, before);
    tellCompleted(size, digest.text());
  }

  /// What is in the pieces may be from before a restart, or have been changed on the way: then the
  /// server forgets it, and it is sent again.
  private void tellCompleted(long size, String checksum)
      throws LinkException, FileException, InterruptedException {
    try {
      server.completed(id, size, checksum);
    } catch (EndedException | RefusedException | LaterException e) {
      throw e;
    } catch (LinkException e) {
      if (server.state(id).offset() < size && ++wrong == TRIES) {
        throw new FileException(path + ": what arrived was not what was sent, " + TRIES + " times");
      }
      throw e;
    }
  }

  private int read(FileChannel file, byte[] piece, long offset) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(piece);
    while (buffer.hasRemaining()) {
      int count = file.read(buffer, offset + buffer.position());
      if (count < 0) {
        break;
      }
    }
    if (buffer.position() == 0) {
      throw changed();
    }
    return buffer.position();
  }

  private void requireSame(OpenPlace place, PosixFileAttributes before) throws IOException {
    PosixFileAttributes now = place.regular(path);
    if (now.size() != before.size()
        || !now.lastModifiedTime().equals(before.lastModifiedTime())
        || !Notes.key(now.fileKey()).equals(Notes.key(before.fileKey()))) {
      throw changed();
    }
  }

  private FileException changed() {
    return new FileException(path + ": the file changed while it was read");
  }
}
