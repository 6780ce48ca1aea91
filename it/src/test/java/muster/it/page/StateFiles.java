package muster.it.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/// What others on the machine can do with an agent's state.
public final class StateFiles {
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.range(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_EXECUTE);

  /// Written by the script for the script; there is nothing to hide in it.
  private static final String PID = "agent.pid";

  private StateFiles() {}

  /// Nobody else lists the directory or reads anything there; only `updates` may be entered.
  public static void assertPrivate(Path state) throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        .isEqualTo("rwx--x--x");
    try (Stream<Path> inner = Files.list(state)) {
      for (Path path : inner.toList()) {
        String name = path.getFileName().toString();
        if (name.equals("updates")) {
          assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
              .isEqualTo("rwxr-xr-x");
        } else if (!name.equals(PID)) {
          assertThat(Files.getPosixFilePermissions(path))
              .as(name)
              .doesNotContainAnyElementsOf(OTHERS);
        }
      }
    }
  }
}
