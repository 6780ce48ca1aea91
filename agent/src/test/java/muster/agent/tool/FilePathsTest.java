package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.wire.RpcError;
import muster.wire.RpcException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which files the tools take, and which the policy lets them.
class FilePathsTest extends FileCase {
  @ParameterizedTest
  @ValueSource(strings = {"/a/../etc/passwd", "/..", "/a/./b", "etc/passwd", "", "/a\\u0000b"})
  void path_thatIsNotPlain_isRefusedWithItsField(String path) {
    for (String tool : List.of("read_file", "write_file", "list_files")) {
      String more = tool.equals("write_file") ? ",\"content\":\"\"" : "";
      assertThatThrownBy(
              () -> new TestDesk(fenced()).run(tool, "{\"path\":\"" + path + "\"" + more + "}"))
          .as(tool)
          .isInstanceOf(RpcException.class)
          .hasMessageStartingWith("args.path: ")
          .matches(e -> ((RpcException) e).error().code() == RpcError.INVALID_PARAMS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/proc/self/environ", "/proc/self/root/etc/passwd", "/sys/kernel", "/dev/null"})
  void kernelFiles_areRefusedWithoutAnyPolicy(String path) {
    for (String tool : List.of("read_file", "write_file", "list_files")) {
      String more = tool.equals("write_file") ? "\"content\":\"\"" : "";
      assertThatThrownBy(() -> open(tool, path, more))
          .as(tool)
          .isInstanceOf(DeniedException.class)
          .hasMessageContaining("is closed to all tools for files");
    }
  }

  @Test
  void linkToKernelFiles_isRefused() throws Exception {
    Path link = Files.createSymbolicLink(root.resolve("link"), Path.of("/proc/version"));

    assertThatThrownBy(() -> open("read_file", link, "")).isInstanceOf(DeniedException.class);
    assertThatThrownBy(() -> open("write_file", link, "\"content\":\"x\""))
        .isInstanceOf(DeniedException.class);
  }

  @Test
  void agentsOwnDirectory_isClosed_alsoThroughALink() throws Exception {
    Files.writeString(own.resolve("credential.json"), "secret");
    Path link = Files.createSymbolicLink(root.resolve("state"), own);

    for (Path path : List.of(own.resolve("credential.json"), link.resolve("credential.json"))) {
      assertThatThrownBy(() -> open("read_file", path, "")).isInstanceOf(DeniedException.class);
    }
    assertThatThrownBy(
            () -> open("write_file", link.resolve(PolicyFile.NAME), "\"content\":\"{}\""))
        .isInstanceOf(DeniedException.class);
    assertThatThrownBy(() -> open("list_files", link, "")).isInstanceOf(DeniedException.class);
    assertThat(own.resolve(PolicyFile.NAME)).doesNotExist();
  }

  @Test
  void pathsOutsideTheRoots_areDeniedByName() {
    Path file = outside.resolve("secret");

    assertThatThrownBy(() -> fenced("read_file", file, ""))
        .isInstanceOf(DeniedException.class)
        .hasMessage(file + ": not in read.allow");
    assertThatThrownBy(() -> fenced("write_file", file, "\"content\":\"x\""))
        .hasMessage(file + ": not in write.allow");
    assertThatThrownBy(() -> fenced("list_files", outside, "")).isInstanceOf(DeniedException.class);
    assertThatThrownBy(() -> fenced("read_file", root + "-more", ""))
        .as("a root is a directory, not a prefix")
        .isInstanceOf(DeniedException.class);
  }

  @Test
  void linksOutOfARoot_areDenied_linksWithinAreNot() throws Exception {
    Files.createSymbolicLink(root.resolve("file"), outside.resolve("secret"));
    Files.createSymbolicLink(root.resolve("directory"), outside);
    Files.writeString(root.resolve("real"), "fine");
    Files.createSymbolicLink(root.resolve("within"), Path.of("real"));

    assertThatThrownBy(() -> fenced("read_file", root.resolve("file"), ""))
        .isInstanceOf(DeniedException.class)
        .hasMessageContaining("(" + outside.resolve("secret") + "): not in read.allow");
    assertThatThrownBy(() -> fenced("read_file", root.resolve("directory/secret"), ""))
        .isInstanceOf(DeniedException.class);
    assertThatThrownBy(() -> fenced("list_files", root.resolve("directory"), ""))
        .isInstanceOf(DeniedException.class);
    for (String name : List.of("file", "directory/secret", "directory/new")) {
      assertThatThrownBy(() -> fenced("write_file", root.resolve(name), "\"content\":\"x\""))
          .as(name)
          .isInstanceOf(DeniedException.class);
    }
    assertThatThrownBy(() ->
            fenced(
                "write_file",
                root.resolve("directory/a/b"),
                "\"content\":\"x\",\"create_parents\":true"))
        .isInstanceOf(DeniedException.class);
    assertThat(outside.resolve("secret")).hasContent("secret");
    assertThat(outside.resolve("a")).doesNotExist();
    assertThat(fenced("read_file", root.resolve("within"), "").text()).isEqualTo("fine");
  }

  @Test
  void deniedPath_staysDeniedUnderAnotherName() throws Exception {
    Files.createDirectory(root.resolve("closed"));
    Files.writeString(root.resolve("closed/key"), "secret");
    Files.createSymbolicLink(root.resolve("other"), Path.of("closed"));

    assertThatThrownBy(() -> fenced("read_file", root.resolve("closed/key"), ""))
        .hasMessage(root.resolve("closed/key") + ": read.deny has " + root.resolve("closed"));
    assertThatThrownBy(() -> fenced("read_file", root.resolve("other/key"), ""))
        .isInstanceOf(DeniedException.class);
    assertThat(fenced("list_files", root, "\"recursive\":true").text())
        .contains("\"closed\"")
        .doesNotContain("key");
  }

  /// As `/var/run` leads to `/run`, where nothing of the name is yet.
  @ParameterizedTest
  @ValueSource(strings = {"link/app", "up/link/app", "dangling"})
  void deniedPath_thatIsNotThereYet_isDeniedUnderItsOtherName(String rule) throws Exception {
    Files.createDirectory(root.resolve("run"));
    Files.createDirectory(root.resolve("sub"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("sub/../run"));
    Files.createSymbolicLink(root.resolve("up"), root);
    Files.createSymbolicLink(root.resolve("dangling"), root.resolve("run/app"));
    Policy policy = policy("{\"write\":{\"deny\":[\"%s\"]}}".formatted(root.resolve(rule)));

    for (String name : List.of("run/app", "run/app/x", "link/app/x", "up/run/app/x")) {
      assertThatThrownBy(() ->
              new TestDesk(policy)
                  .run(
                      "write_file",
                      args(root.resolve(name), "\"content\":\"x\",\"create_parents\":true")))
          .as(name)
          .isInstanceOf(DeniedException.class);
    }
    assertThat(root.resolve("run")).isEmptyDirectory();
    assertThat(
            new TestDesk(policy)
                .run("write_file", args(root.resolve("run/application"), "\"content\":\"x\""))
                .json()
                .flag("replaced"))
        .isFalse();
  }

  @Test
  void allowedPath_thatIsNotThereYet_isAllowedWhereItLeads() throws Exception {
    Files.createDirectory(root.resolve("run"));
    Files.createSymbolicLink(root.resolve("link"), Path.of("run"));
    Policy policy = policy("{\"write\":{\"allow\":[\"%s/link/app\"]}}".formatted(root));
    String more = "\"content\":\"x\",\"create_parents\":true";

    new TestDesk(policy).run("write_file", args(root.resolve("link/app/x"), more));
    assertThat(root.resolve("run/app/x")).hasContent("x");
    assertThatThrownBy(
            () -> new TestDesk(policy).run("write_file", args(root.resolve("link/other/x"), more)))
        .isInstanceOf(DeniedException.class);
    assertThat(root.resolve("run/other")).doesNotExist();
  }

  @Test
  void linksInACircle_denyWhatTheySay() throws Exception {
    Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
    Files.createSymbolicLink(root.resolve("b"), Path.of("a"));
    Policy policy = policy("{\"read\":{\"deny\":[\"%s/a\"]}}".formatted(root));

    Path file = Files.writeString(root.resolve("file"), "fine");
    assertThat(new TestDesk(policy).run("read_file", args(file, "")).text()).isEqualTo("fine");
    assertThatThrownBy(() -> new TestDesk(policy).run("read_file", args(root.resolve("a/x"), "")))
        .isInstanceOf(DeniedException.class);
  }

  @Test
  void pipesSocketsAndDirectories_areNoFiles() throws Exception {
    Path pipe = root.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path socket = Path.of("/tmp").toRealPath().resolve("muster-test-" + System.nanoTime());
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      for (Path path : List.of(pipe, socket, root)) {
        assertThatThrownBy(() -> open("read_file", path, ""))
            .as(path.toString())
            .isInstanceOf(IOException.class)
            .hasMessageContaining("not a regular file");
        assertThatThrownBy(() -> open("write_file", path, "\"content\":\"x\""))
            .as(path.toString())
            .isInstanceOf(IOException.class)
            .hasMessageContaining("not a regular file");
      }
    } finally {
      Files.deleteIfExists(socket);
    }
  }

  @Test
  void devicesAnywhere_areNoFiles() throws Exception {
    Path device = root.resolve("zero");
    Process mknod = new ProcessBuilder("mknod", device.toString(), "c", "1", "5").start();
    assumeThat(mknod.waitFor()).as("only root may make devices").isZero();

    assertThatThrownBy(() -> open("read_file", device, ""))
        .hasMessage(device + ": special, not a regular file");
    assertThatThrownBy(() -> open("write_file", device, "\"content\":\"x\""))
        .hasMessageContaining("not a regular file");
  }

  /// A directory that is a link to another place half of the time must never lead there.
  @Test
  void exchangedMeanwhile_neverLeadsOutside() throws Exception {
    Path inside = Files.createDirectory(root.resolve("data"));
    Path away = root.resolve("away");
    Path link = Files.createSymbolicLink(root.resolve("link"), outside);
    Files.writeString(inside.resolve("secret"), "harmless");
    AtomicBoolean done = new AtomicBoolean();
    Thread exchanger =
        new Thread(() -> {
          while (!done.get()) {
            try {
              Files.move(inside, away);
              Files.move(link, inside, StandardCopyOption.ATOMIC_MOVE);
              Files.move(inside, link, StandardCopyOption.ATOMIC_MOVE);
              Files.move(away, inside);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        });
    exchanger.start();
    int read = 0;
    int turnedAway = 0;
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      Policy policy = fenced();
      while ((read < 100 || turnedAway < 100) && System.nanoTime() < deadline) {
        try {
          TestDesk desk = new TestDesk(policy).run("read_file", args(inside + "/secret", ""));
          assertThat(desk.text()).isEqualTo("harmless");
          read++;
        } catch (IOException | DeniedException e) {
          turnedAway++;
        }
        try {
          new TestDesk(policy).run("write_file", args(inside + "/new", "\"content\":\"x\""));
        } catch (IOException | DeniedException e) {
          turnedAway++;
        }
      }
    } finally {
      done.set(true);
      exchanger.join();
    }
    assertThat(read).isPositive();
    assertThat(turnedAway).isPositive();
    assertThat(outside.resolve("new")).doesNotExist();
  }

  @Test
  void fileBytes_limitBothWays() throws Exception {
    Policy small = policy("{\"limits\":{\"file_bytes\":4}}");
    Path file = Files.writeString(root.resolve("f"), "12345678");

    assertThat(new TestDesk(small).run("read_file", args(file, "")).text()).isEqualTo("1234");
    assertThatThrownBy(
            () -> new TestDesk(small).run("write_file", args(file, "\"content\":\"12345\"")))
        .isInstanceOf(DeniedException.class)
        .hasMessage("5 bytes: limits.file_bytes is 4");
  }
}
