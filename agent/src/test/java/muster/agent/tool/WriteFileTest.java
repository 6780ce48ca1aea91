package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import muster.agent.policy.Policy;
import muster.wire.JsonObject;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriteFileTest extends FileCase {
  @Test
  void write_makesAFile_withUsualOrGivenMode() throws Exception {
    Path file = root.resolve("new");
    JsonObject told = open("write_file", file, "\"content\":\"äb\\n\"").json();

    assertThat(file).hasContent("äb\n");
    assertThat(told.string("path")).isEqualTo(file.toString());
    assertThat(told.integer("size")).isEqualTo(4);
    assertThat(told.flag("replaced")).isFalse();
    assertThat(mode(file)).isEqualTo("rw-r--r--");
    open("write_file", root.resolve("run"), "\"content_b64\":\"/wA=\",\"mode\":\"0750\"");
    assertThat(Files.readAllBytes(root.resolve("run"))).isEqualTo(new byte[] {-1, 0});
    assertThat(mode(root.resolve("run"))).isEqualTo("rwxr-x---");
    assertThat(names(root)).containsExactly("new", "run");
  }

  @Test
  void write_replacesAFile_keepingItsMode() throws Exception {
    Path file = Files.writeString(root.resolve("old"), "a longer text than the next");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    JsonObject told = open("write_file", file, "\"content\":\"new\"").json();

    assertThat(told.flag("replaced")).isTrue();
    assertThat(file).hasContent("new");
    assertThat(mode(file)).isEqualTo("rw-r-----");
  }

  @Test
  void write_asRoot_keepsTheOwner() throws Exception {
    Path file = Files.writeString(root.resolve("old"), "old");
    Process chown = new ProcessBuilder("chown", "1234:2345", file.toString()).start();
    assumeThat(chown.waitFor()).as("only root may give files away").isZero();
    open("write_file", file, "\"content\":\"new\"");

    assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(1234);
    assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(2345);
  }

  @Test
  void write_throughALinkWithin_replacesWhatItLeadsTo() throws Exception {
    Path file = Files.writeString(root.resolve("real"), "old");
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("real"));
    fenced("write_file", link, "\"content\":\"new\"");

    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("new");
  }

  @Test
  void write_missingDirectories_areMadeOnlyWhenAsked() throws Exception {
    Path file = root.resolve("a/b/c");

    assertThatThrownBy(() -> fenced("write_file", file, "\"content\":\"x\""))
        .hasMessage(file + ": no such file or directory");
    assertThat(root).isEmptyDirectory();
    fenced("write_file", file, "\"content\":\"x\",\"create_parents\":true");
    assertThat(file).hasContent("x");
  }

  @Test
  void write_missingDirectories_areNotMadeBehindALinkThatLeadsNowhere() throws Exception {
    Files.createSymbolicLink(root.resolve("link"), outside.resolve("later"));
    Path file = root.resolve("link/a/file");

    assertThatThrownBy(
            () -> fenced("write_file", file, "\"content\":\"x\",\"create_parents\":true"))
        .isInstanceOf(IOException.class)
        .hasMessage(root.resolve("link") + ": no such file or directory");
    assertThat(outside.resolve("later")).doesNotExist();
  }

  @Test
  void write_stoppedBeforeTheEffect_changesNothing() throws Exception {
    Path file = Files.writeString(root.resolve("file"), "old");
    TestDesk desk = new TestDesk(fenced());
    desk.beforeCommit(() -> {
      try {
        desk.stop();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });

    assertThatThrownBy(() -> desk.run("write_file", args(file, "\"content\":\"new\"")))
        .isInstanceOf(InterruptedException.class);
    assertThat(file).hasContent("old");
    assertThat(names(root)).containsExactly("file");
    assertThat(desk.making).containsExactly(root.resolve(".muster-" + desk.uniqueName()));
  }

  /// A limit on the size of files fails a write in the middle, as a full disk does.
  @Test
  void write_diskFull_keepsTheOldFile() throws Exception {
    Path file = Files.writeString(root.resolve("file"), "old");
    Process writer =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -f 32; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                LimitedWriter.class.getName(),
                file.toString(),
                "65536")
            .redirectErrorStream(true)
            .start();
    String said = new String(writer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(writer.waitFor()).as(said).isEqualTo(LimitedWriter.FAILED);
    assertThat(file).hasContent("old");
    assertThat(names(root)).containsExactly("file");
  }

  /// Writes so many bytes to a file with the tool.
  static final class LimitedWriter {
    static final int FAILED = 7;

    private LimitedWriter() {}

    public static void main(String[] arguments) throws Exception {
      String content = "x".repeat(Integer.parseInt(arguments[1]));
      try {
        new TestDesk(Policy.open(java.util.Optional.empty()))
            .run("write_file", args(arguments[0], "\"content\":\"" + content + "\""));
      } catch (IOException e) {
        System.out.println(e.getMessage());
        System.exit(FAILED);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"content\":\"x\",\"content_b64\":\"eA==\"",
        "\"mode\":\"0644\"",
        "\"content_b64\":\"!\"",
        "\"content\":\"x\",\"mode\":\"4755\"",
        "\"content\":\"x\",\"mode\":\"rwx\"",
        "\"content\":\"x\",\"create_parents\":\"yes\"",
      })
  void write_wrongArguments_nameTheField(String more) {
    assertThatThrownBy(() -> open("write_file", root.resolve("f"), more))
        .isInstanceOf(RpcException.class)
        .hasMessageMatching("args(\\.\\w+)?: .*\\(expected: .*\\)");
  }
}
