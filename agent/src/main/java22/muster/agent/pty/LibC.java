package muster.agent.pty;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.Map;

/// The functions of the C library that a terminal needs, under their own names.
final class LibC {
  private static final Linker LINKER = Linker.nativeLinker();

  private final Map<String, MethodHandle> handles = new HashMap<>();

  /// @throws java.util.NoSuchElementException when this C library lacks one of them
  LibC() {
    ints("posix_openpt", JAVA_INT);
    ints("grantpt", JAVA_INT);
    ints("unlockpt", JAVA_INT);
    ints("ptsname_r", JAVA_INT, ADDRESS, JAVA_LONG);
    ints("close", JAVA_INT);
    ints("tcgetattr", JAVA_INT, ADDRESS);
    ints("tcsetattr", JAVA_INT, JAVA_INT, ADDRESS);
    ints("poll", ADDRESS, JAVA_LONG, JAVA_INT);
    ints("waitpid", JAVA_INT, ADDRESS, JAVA_INT);
    ints("sigemptyset", ADDRESS);
    ints("sigfillset", ADDRESS);
    ints("posix_spawn", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    ints("posix_spawn_file_actions_init", ADDRESS);
    ints("posix_spawn_file_actions_destroy", ADDRESS);
    ints("posix_spawn_file_actions_addopen", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    ints("posix_spawn_file_actions_adddup2", ADDRESS, JAVA_INT, JAVA_INT);
    ints("posix_spawn_file_actions_addclosefrom_np", ADDRESS, JAVA_INT);
    ints("posix_spawn_file_actions_addchdir_np", ADDRESS, ADDRESS);
    ints("posix_spawnattr_init", ADDRESS);
    ints("posix_spawnattr_destroy", ADDRESS);
    ints("posix_spawnattr_setflags", ADDRESS, JAVA_SHORT);
    ints("posix_spawnattr_setsigmask", ADDRESS, ADDRESS);
    ints("posix_spawnattr_setsigdefault", ADDRESS, ADDRESS);
    function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    function(
        "ioctl",
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
        Linker.Option.firstVariadicArg(2));
  }

  private void ints(String name, MemoryLayout... parameters) {
    function(name, FunctionDescriptor.of(JAVA_INT, parameters));
  }

  private void function(String name, FunctionDescriptor type, Linker.Option... options) {
    MemorySegment address = LINKER.defaultLookup().find(name).orElseThrow();
    handles.put(name, LINKER.downcallHandle(address, type, options));
  }

  /// Calls one that returns an `int`.
  int call(String name, Object... arguments) {
    return (int) invoke(name, arguments);
  }

  /// Calls `read` or `write`.
  long transfer(String name, int file, MemorySegment bytes, long length) {
    return (long) invoke(name, file, bytes, length);
  }

  private Object invoke(String name, Object... arguments) {
    MethodHandle handle = handles.get(name);
    if (handle == null) {
      throw new IllegalArgumentException(name);
    }
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
