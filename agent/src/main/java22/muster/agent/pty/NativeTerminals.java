package muster.agent.pty;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;

/// Terminals by the C library of Linux. Made by name, see [Terminals].
final class NativeTerminals implements Terminals.Way {
  /// Those whose numbers for ioctl and flags are the usual ones.
  private static final Set<String> PROCESSORS = Set.of("amd64", "aarch64", "riscv64");

  private static final int READ_WRITE = 2;
  private static final int NO_CONTROLLING = 0x100;
  private static final int NON_BLOCKING = 0x800;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final long SET_SIZE = 0x5414;
  private static final int NOW = 0;

  /// Of `c_iflag`, the first word of `struct termios`: erasing takes whole characters.
  private static final int IUTF8 = 0x4000;

  private static final int TERMIOS_BYTES = 128;
  private static final int NAME_BYTES = 128;
  private static final int SIGSET_BYTES = 128;

  /// More than any C library's posix_spawnattr_t and posix_spawn_file_actions_t.
  private static final int SPAWN_BYTES = 1024;

  private static final short SET_DEFAULTS = 0x04;
  private static final short SET_MASK = 0x08;
  private static final short NEW_SESSION = 0x80;

  private final LibC c = new LibC();

  NativeTerminals() {
    if (!System.getProperty("os.name").equals("Linux")
        || !PROCESSORS.contains(System.getProperty("os.arch"))) {
      throw new UnsupportedOperationException();
    }
  }

  @Override
  public Terminal open(Shell shell) throws IOException {
    int master = c.call("posix_openpt", READ_WRITE | NO_CONTROLLING | NON_BLOCKING | CLOSE_ON_EXEC);
    if (master < 0) {
      throw new IOException("no terminal is free on this host");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(NAME_BYTES);
      require(c.call("grantpt", master), "grantpt");
      require(c.call("unlockpt", master), "unlockpt");
      require(c.call("ptsname_r", master, name, NAME_BYTES), "ptsname_r");
      resize(c, master, shell.size());
      eraseCharacters(arena, master);
      return new NativeTerminal(c, master, spawn(arena, shell, name));
    } catch (IOException | RuntimeException e) {
      c.call("close", master);
      throw e;
    }
  }

  static void resize(LibC c, int master, Size size) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size16 = arena.allocate(ValueLayout.JAVA_SHORT, 4);
      size16.setAtIndex(ValueLayout.JAVA_SHORT, 0, (short) size.rows());
      size16.setAtIndex(ValueLayout.JAVA_SHORT, 1, (short) size.cols());
      require(c.call("ioctl", master, SET_SIZE, size16), "TIOCSWINSZ");
    }
  }

  private void eraseCharacters(Arena arena, int master) throws IOException {
    MemorySegment termios = arena.allocate(TERMIOS_BYTES, 8);
    require(c.call("tcgetattr", master, termios), "tcgetattr");
    termios.set(ValueLayout.JAVA_INT, 0, termios.get(ValueLayout.JAVA_INT, 0) | IUTF8);
    require(c.call("tcsetattr", master, NOW, termios), "tcsetattr");
  }

  /// The new session's first process opens the terminal, which so becomes the one that controls it.
  /// All signals are as the kernel has them, whatever this JVM or who started it ignores.
  private int spawn(Arena arena, Shell shell, MemorySegment terminal) throws IOException {
    MemorySegment actions = arena.allocate(SPAWN_BYTES, 16);
    MemorySegment attributes = arena.allocate(SPAWN_BYTES, 16);
    MemorySegment signals = arena.allocate(SIGSET_BYTES, 8);
    require(c.call("posix_spawn_file_actions_init", actions), "posix_spawn_file_actions_init");
    require(c.call("posix_spawnattr_init", attributes), "posix_spawnattr_init");
    try {
      require(
          c.call("posix_spawn_file_actions_addopen", actions, 0, terminal, READ_WRITE, 0),
          "addopen");
      require(c.call("posix_spawn_file_actions_adddup2", actions, 0, 1), "adddup2");
      require(c.call("posix_spawn_file_actions_adddup2", actions, 0, 2), "adddup2");
      require(c.call("posix_spawn_file_actions_addclosefrom_np", actions, 3), "addclosefrom");
      require(
          c.call(
              "posix_spawn_file_actions_addchdir_np",
              actions,
              arena.allocateFrom(shell.directory().toString())),
          "addchdir");
      c.call("sigemptyset", signals);
      require(c.call("posix_spawnattr_setsigmask", attributes, signals), "setsigmask");
      c.call("sigfillset", signals);
      require(c.call("posix_spawnattr_setsigdefault", attributes, signals), "setsigdefault");
      require(
          c.call(
              "posix_spawnattr_setflags",
              attributes,
              (short) (SET_DEFAULTS | SET_MASK | NEW_SESSION)),
          "setflags");
      MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
      int error =
          c.call(
              "posix_spawn",
              pid,
              arena.allocateFrom(shell.program()),
              actions,
              attributes,
              texts(arena, List.of(shell.program(), "-i")),
              texts(
                  arena,
                  shell.environment().entrySet().stream()
                      .map(entry -> entry.getKey() + "=" + entry.getValue())
                      .toList()));
      if (error != 0) {
        throw new IOException(shell.program() + ": cannot be started (error " + error + ")");
      }
      return pid.get(ValueLayout.JAVA_INT, 0);
    } finally {
      c.call("posix_spawn_file_actions_destroy", actions);
      c.call("posix_spawnattr_destroy", attributes);
    }
  }

  /// `char *[]` with a null at the end.
  private static MemorySegment texts(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(texts.get(i)));
    }
    return array;
  }

  private static void require(int result, String what) throws IOException {
    if (result != 0) {
      throw new IOException(what + " failed");
    }
  }
}
