package muster.agent.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import muster.agent.log.Log;
import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;
import muster.agent.policy.PolicyFile;
import muster.wire.JsonObject;
import muster.wire.RpcError;
import muster.wire.RpcException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FileToolsTest {
  private static final Log LOG = new Log(new PrintStream(System.err, true), InstantSource.system());

  @TempDir private Path temporary;
  private Path root;
  private Path outside;
  private Path own;

  @BeforeEach
  void make() throws IOException {
    Path real = temporary.toRealPath();
    root = Files.createDirectory(real.resolve("root"));
    outside = Files.createDirectory(real.resolve("outside"));
    own = Files.createDirectory(real.resolve("own"));
    Files.writeString(outside.resolve("secret"), "secret");
  }

  /// Only the root may be read and written.
  private Policy fenced() throws IOException {
    return policy(
        "{\"read\":{\"allow\":[\"%s\"],\"deny\":[\"%s/closed\"]},\"write\":{\"allow\":[\"%s\"]}}"
            .formatted(root, root, root));
  }

  private Policy policy(String rules) throws IOException {
    Files.writeString(own.resolve(PolicyFile.NAME), rules);
    return new PolicyFile(own, LOG).get();
  }

  private TestDesk open(String tool, Object path, String more) throws Exception {
    return new TestDesk(new PolicyFile(own, LOG).get()).run(tool, args(path, more));
  }

  private TestDesk fenced(String tool, Object path, String more) throws Exception {
    return new TestDesk(fenced()).run(tool, args(path, more));
  }

  private static String args(Object path, String more) {
    String text = JsonObject.builder().put("path", path.toString()).build().toString();
    return more.isEmpty() ? text : text.substring(0, text.length() - 1) + "," + more + "}";
  }

  @Test
  void read_printsTheFile_orAPartOfIt() throws Exception {
    Path file = Files.writeString(root.resolve("a b.txt"), "zero äöü end\n");

    assertThat(open("read_file", file, "").text()).isEqualTo("zero äöü end\n");
    assertThat(open("read_file", file, "\"offset\":5,\"limit\":6").text()).isEqualTo("äöü");
    assertThat(open("read_file", file, "\"offset\":100").text()).isEmpty();
    assertThat(open("read_file", file, "\"limit\":3,\"encoding\":\"base64\"").text())
        .isEqualTo(Base64.getEncoder().encodeToString(new byte[] {'z', 'e', 'r'}));
  }

  @Test
  void read_partEndsInACharacter_leavesItForTheNext() throws Exception {
    Path file = Files.writeString(root.resolve("a"), "aä");

    assertThat(open("read_file", file, "\"limit\":2").text()).isEqualTo("a");
    assertThat(open("read_file", file, "\"offset\":1,\"limit\":2").text()).isEqualTo("ä");
  }

  @Test
  void read_notText_wantsBase64() throws Exception {
    Path file = Files.write(root.resolve("a"), new byte[] {'a', -1, 0});

    assertThatThrownBy(() -> open("read_file", file, ""))
        .hasMessageContaining("use encoding base64");
    assertThat(
            Base64.getDecoder().decode(open("read_file", file, "\"encoding\":\"base64\"").text()))
        .isEqualTo(new byte[] {'a', -1, 0});
  }

  @Test
  void read_largeFile_givesItsFirstMebibyte() throws Exception {
    Path file = root.resolve("large");
    byte[] content = new byte[3 << 20];
    Arrays.fill(content, (byte) 'x');
    Files.write(file, content);

    assertThat(open("read_file", file, "").text()).hasSize(1 << 20);
  }

  @Test
  void read_missingFile_saysSoWithThePath() {
    Path file = root.resolve("none");

    assertThatThrownBy(() -> open("read_file", file, ""))
        .isInstanceOf(IOException.class)
        .hasMessage(file + ": no such file or directory");
  }

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

  @Test
  void list_tellsNameTypeSizeModeAndTime() throws Exception {
    Path file = Files.writeString(root.resolve("b"), "four");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    Files.createDirectories(root.resolve("a/deep/er"));
    Files.createSymbolicLink(root.resolve("c"), Path.of("/etc"));
    JsonObject list = open("list_files", root, "").json();

    assertThat(list.string("path")).isEqualTo(root.toString());
    assertThat(list.flag("truncated")).isFalse();
    List<JsonObject> entries = list.objects("entries", entry -> entry);
    assertThat(entries).extracting(entry -> entry.string("name")).containsExactly("a", "b", "c");
    assertThat(entries)
        .extracting(entry -> entry.string("type"))
        .containsExactly("directory", "file", "link");
    assertThat(entries.get(1).integer("size")).isEqualTo(4);
    assertThat(entries.get(1).string("mode")).isEqualTo("0640");
    assertThat(entries.get(1).string("mtime"))
        .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  }

  @Test
  void list_recursive_goesAsDeepAsAsked_notThroughLinks() throws Exception {
    Files.createDirectories(root.resolve("a/b/c"));
    Files.createSymbolicLink(root.resolve("a/up"), root);

    assertThat(listed("\"recursive\":true,\"depth\":2")).containsExactly("a", "a/b", "a/up");
    assertThat(listed("\"recursive\":true")).containsExactly("a", "a/b", "a/b/c", "a/up");
    assertThatThrownBy(() -> listed("\"depth\":2")).hasMessageContaining("args.depth");
  }

  @Test
  void list_moreThanTheLimit_saysSo() throws Exception {
    for (int i = 0; i < 5; i++) {
      Files.createFile(root.resolve("f" + i));
    }
    JsonObject list = open("list_files", root, "\"limit\":4").json();

    assertThat(list.objects("entries", entry -> entry)).hasSize(4);
    assertThat(list.flag("truncated")).isTrue();
    assertThat(open("list_files", root, "\"limit\":5").json().flag("truncated")).isFalse();
    assertThatThrownBy(() -> listed("\"limit\":10001"))
        .hasMessage("args.limit: 10001 (expected: 1..10000)");
  }

  @Test
  void list_ofAFile_saysWhatItIs() throws Exception {
    Path file = Files.createFile(root.resolve("f"));

    assertThatThrownBy(() -> open("list_files", file, ""))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a directory");
  }

  @Test
  void list_ofTheRootDirectory_works() throws Exception {
    assertThat(open("list_files", "/", "\"recursive\":true,\"depth\":1").text())
        .contains("\"proc\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"path\":5}",
        "{\"path\":\"/a\",\"offset\":-1}",
        "{\"path\":\"/a\",\"limit\":0}",
        "{\"path\":\"/a\",\"limit\":1048577}",
        "{\"path\":\"/a\",\"limit\":1.5}",
        "{\"path\":\"/a\",\"encoding\":\"utf16\"}",
        "{\"path\":\"/a\",\"ofset\":1}"
      })
  void read_wrongArguments_nameTheField(String args) {
    assertThatThrownBy(() -> new TestDesk(fenced()).run("read_file", args))
        .isInstanceOf(RpcException.class)
        .hasMessageMatching("args\\.\\w+: .*\\(expected: .*\\)");
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

  private List<String> listed(String more) throws Exception {
    return open("list_files", root, more).json().objects("entries", entry -> entry.string("name"));
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
