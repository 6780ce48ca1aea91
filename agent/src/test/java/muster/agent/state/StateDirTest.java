package muster.agent.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirTest {
  @TempDir private Path directory;

  @Test
  void othersPassThrough_toTheVersionsOfSoftware_andToNothingElse() throws IOException {
    StateDir state = StateDir.create(directory.resolve("a/b"));

    assertThat(mode(state.path())).isEqualTo("rwx--x--x");
    assertThat(mode(state.updates())).isEqualTo("rwxr-xr-x");
    assertThat(mode(state.spool())).isEqualTo("rwx------");
    assertThat(mode(state.transfers())).isEqualTo("rwx------");
    assertThat(mode(state.terminals())).isEqualTo("rwx------");
  }

  @Test
  void lock_isHeldOnce_untilItIsClosed() throws IOException {
    StateDir state = StateDir.create(directory.resolve("state"));
    try (FileChannel lock = state.lock().orElseThrow()) {
      assertThat(lock.isOpen()).isTrue();
      assertThat(state.lock()).isEmpty();
    }
    assertThat(state.inUse()).isFalse();
    state.lock().orElseThrow().close();
  }

  @Test
  void defaults_dependOnTheUser() {
    assertThat(StateDir.defaultPath("root", Path.of("/root")))
        .isEqualTo(Path.of("/var/lib/muster-agent"));
    assertThat(StateDir.defaultPath("ann", Path.of("/home/ann")))
        .isEqualTo(Path.of("/home/ann/.local/share/muster-agent"));
  }

  @Test
  void replace_isPrivate_andLeavesNothingBehind() throws IOException {
    Path file = directory.resolve("file");
    DurableFile.replace(file, "one".getBytes(StandardCharsets.UTF_8));
    Files.writeString(directory.resolve("file.new"), "torn by a crash");
    DurableFile.replace(file, "two".getBytes(StandardCharsets.UTF_8));

    assertThat(file).hasContent("two");
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(directory.resolve("file.new")).doesNotExist();
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
