package muster.agent.logs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.function.Supplier;
import muster.agent.policy.Policy;
import muster.wire.LogLines;

/// A file, followed under its name as `tail -F` does. One that was renamed or deleted is read to
/// its end, and the one that took its place from its beginning, once something stands in it: until
/// then a program may still write to the old one. A file that has become shorter is read from its
/// beginning. A last line without an end is sent when it gets one, or when the file is left.
final class FileLog implements LogSource {
  private static final int BUFFER = 64 * 1024;
  private static final int LOOK_MILLIS = 200;

  private final Path path;
  private final Supplier<Policy> policy;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER).flip();
  private final LineBuffer line = new LineBuffer();
  private final boolean gap;
  private final long historyEnd;
  private OpenFile file;

  /// Of the buffer's next byte.
  private long offset;

  private long truncations;
  private boolean caughtUp;

  /// Another file has its name: this one is at its end when nothing more is found in it.
  private boolean leaving;

  private FileLog(
      Path path, Supplier<Policy> policy, OpenFile file, Optional<FileCursor> after, int tail)
      throws IOException {
    this.path = path;
    this.policy = policy;
    this.file = file;
    this.gap = after.isPresent() && !isIn(file, after.get());
    this.historyEnd = file.size();
    if (after.isPresent() && !gap) {
      offset = after.get().offset();
      truncations = after.get().truncations();
    } else {
      offset = file.lastLines(tail);
      truncations = after.map(cursor -> cursor.truncations() + 1).orElse(0L);
    }
  }

  private static boolean isIn(OpenFile file, FileCursor cursor) throws IOException {
    return cursor.file().equals(file.name()) && file.hasLine(cursor.offset(), cursor.sum());
  }

  /// @param after what is no place in a file counts as one in a file that is gone
  /// @throws muster.agent.policy.DeniedException naming the rule
  static FileLog open(Path path, Supplier<Policy> policy, Optional<String> after, int tail)
      throws IOException {
    OpenFile file = OpenFile.open(path, policy.get());
    try {
      return new FileLog(
          path,
          policy,
          file,
          after.map(text -> FileCursor.parse(text).orElse(new FileCursor("", 0, 0, 0))),
          tail);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Optional<LogLines.Line> next() throws IOException {
    while (true) {
      Optional<LogLines.Line> found = taken();
      if (found.isPresent()) {
        return found;
      }
      if (hasRead()) {
        leaving = false;
        continue;
      }
      caughtUp = true;
      if (file.size() < offset) {
        found = rest();
        offset = 0;
        truncations++;
      } else if (!hasSuccessor()) {
        return Optional.empty();
      } else if (!leaving) {
        // What was written before the new one is not behind us yet: look once more.
        leaving = true;
      } else {
        found = successor();
      }
      if (found.isPresent()) {
        return found;
      }
    }
  }

  /// What stands behind the last end of a line, for which no end comes any more.
  private Optional<LogLines.Line> rest() {
    return line.isEmpty() ? Optional.empty() : Optional.of(line.end(cursor()));
  }

  /// A line that ends within the buffer.
  private Optional<LogLines.Line> taken() {
    byte[] bytes = buffer.array();
    int from = buffer.position();
    for (int i = from; i < buffer.limit(); i++) {
      if (bytes[i] == '\n') {
        line.add(bytes, from, i);
        buffer.position(i + 1);
        offset += i + 1 - from;
        return Optional.of(line.end(cursor()));
      }
    }
    line.add(bytes, from, buffer.limit());
    offset += buffer.remaining();
    buffer.position(buffer.limit());
    return Optional.empty();
  }

  private String cursor() {
    return new FileCursor(file.name(), offset, line.sum(), truncations).toString();
  }

  private boolean hasRead() throws IOException {
    buffer.clear();
    file.read(buffer, offset);
    buffer.flip();
    return buffer.hasRemaining();
  }

  /// Whether the name stands for another file by now, with something in it.
  private boolean hasSuccessor() throws IOException {
    try {
      BasicFileAttributes there = Files.readAttributes(path, BasicFileAttributes.class);
      return there.size() > 0 && !FileCursor.name(there).equals(file.name());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /// Goes on with the file that has the name now, if it is still there; the rest of the old one.
  private Optional<LogLines.Line> successor() throws IOException {
    OpenFile next;
    try {
      next = OpenFile.open(path, policy.get());
    } catch (IOException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        leaving = false;
        return Optional.empty();
      }
      throw e;
    }
    Optional<LogLines.Line> rest = rest();
    file.close();
    file = next;
    offset = 0;
    truncations = 0;
    leaving = false;
    return rest;
  }

  @Override
  public void await() throws InterruptedException {
    Thread.sleep(LOOK_MILLIS);
  }

  @Override
  public boolean caughtUp() {
    return caughtUp || offset >= historyEnd;
  }

  @Override
  public boolean gap() {
    return gap;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
