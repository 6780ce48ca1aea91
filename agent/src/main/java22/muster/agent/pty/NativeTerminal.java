package muster.agent.pty;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The master's end of a terminal. `closing` is guarded by `file`, as is the descriptor's number:
/// held shared while it is used, and alone to close it, so that nobody reads from another file that
/// was given the same number. No call waits for longer than [#LOOK_MILLIS].
final class NativeTerminal implements Terminal {
  private static final short READABLE = 1;
  private static final short WRITABLE = 4;
  private static final short GONE = 0x8 | 0x10 | 0x20;
  private static final int LOOK_MILLIS = 200;
  private static final int BUFFER = 32 * 1024;
  private static final int SIGNALLED = 128;
  private static final int UNKNOWN = 255;

  private final LibC c;
  private final int master;
  private final int shell;
  private final ReentrantReadWriteLock file = new ReentrantReadWriteLock();
  private final Lane in = new Lane();
  private final Lane out = new Lane();
  private boolean closed;

  /// The shell is no more; programs that it left behind may keep the terminal open.
  private volatile boolean ended;

  /// What one direction needs of memory that the C library sees.
  private static final class Lane {
    private final MemorySegment bytes;
    private final MemorySegment poll;

    private Lane() {
      Arena arena = Arena.ofAuto();
      bytes = arena.allocate(BUFFER);
      poll = arena.allocate(8, 4);
    }
  }

  NativeTerminal(LibC c, int master, int shell) {
    this.c = c;
    this.master = master;
    this.shell = shell;
  }

  @Override
  public int read(byte[] buffer) {
    int most = Math.min(buffer.length, BUFFER);
    while (true) {
      file.readLock().lock();
      try {
        if (closed) {
          return -1;
        }
        int events = poll(out, READABLE);
        if (events != 0) {
          long n = c.transfer("read", master, out.bytes, most);
          if (n > 0) {
            MemorySegment.copy(out.bytes, ValueLayout.JAVA_BYTE, 0, buffer, 0, (int) n);
            return (int) n;
          }
        }
        if ((events & GONE) != 0 || events == 0 && ended) {
          return -1;
        }
      } finally {
        file.readLock().unlock();
      }
    }
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    int at = 0;
    while (at < bytes.length) {
      file.readLock().lock();
      try {
        int events = closed ? GONE : poll(in, WRITABLE);
        if ((events & GONE) != 0) {
          throw new IOException("the terminal is gone");
        }
        if ((events & WRITABLE) != 0) {
          int length = Math.min(bytes.length - at, BUFFER);
          MemorySegment.copy(bytes, at, in.bytes, ValueLayout.JAVA_BYTE, 0, length);
          at += (int) Math.max(0, c.transfer("write", master, in.bytes, length));
        }
      } finally {
        file.readLock().unlock();
      }
    }
  }

  /// Which of the events have come; none after a while, or when a signal came first.
  private int poll(Lane lane, short wanted) {
    lane.poll.set(ValueLayout.JAVA_INT, 0, master);
    lane.poll.set(ValueLayout.JAVA_SHORT, 4, wanted);
    lane.poll.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
    return c.call("poll", lane.poll, 1L, LOOK_MILLIS) > 0
        ? lane.poll.get(ValueLayout.JAVA_SHORT, 6)
        : 0;
  }

  @Override
  public void resize(Size size) throws IOException {
    file.readLock().lock();
    try {
      if (!closed) {
        NativeTerminals.resize(c, master, size);
      }
    } finally {
      file.readLock().unlock();
    }
  }

  @Override
  public int await() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment status = arena.allocate(ValueLayout.JAVA_INT);
      while (c.call("waitpid", shell, status, 0) != shell) {
        if (!Files.exists(Path.of("/proc", Integer.toString(shell)))) {
          ended = true;
          return UNKNOWN;
        }
      }
      int word = status.get(ValueLayout.JAVA_INT, 0);
      ended = true;
      int signal = word & 0x7f;
      return signal == 0 ? word >> 8 & 0xff : SIGNALLED + signal;
    }
  }

  @Override
  public void hangUp() {
    file.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        c.call("close", master);
      }
    } finally {
      file.writeLock().unlock();
    }
  }

  @Override
  public long session() {
    return shell;
  }
}
