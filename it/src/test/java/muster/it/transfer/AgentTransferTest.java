package muster.it.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.testkit.BadLink;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the real agent does with files, by way of the server.
class AgentTransferTest {
  private static final long FAST = 1 << 30;
  private static final Duration WITHIN = Duration.ofSeconds(120);

  @TempDir private static Path directory;
  private static TestMuster muster;
  private static BadLink link;
  private static RealAgent agent;

  @TempDir private Path files;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    link = new BadLink(muster.port(), FAST, 0, 1);
    agent = RealAgent.start(muster.admin(), link.url(), directory);
  }

  @AfterAll
  static void stop() {
    agent.close();
    link.close();
    muster.close();
  }

  @BeforeEach
  void noPolicy() throws IOException {
    files = files.toRealPath();
    agent.noPolicy();
  }

  private static String upload(Path path, byte[] content, String more) {
    String query = URLEncoder.encode(path.toString(), StandardCharsets.UTF_8) + more;
    return muster
        .admin()
        .sendBytes(
            "PUT",
            "/v1/devices/" + agent.device() + "/files?path=" + query,
            Optional.of(content),
            Map.of())
        .expect(201)
        .text("id");
  }

  private static String download(Path path) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + agent.device() + "/transfers",
            Map.of("direction", "download", "path", path.toString()))
        .expect(201)
        .text("id");
  }

  private static TestReply ended(String id) {
    return await()
        .atMost(WITHIN)
        .until(
            () -> muster.admin().get("/v1/transfers/" + id).expect(200),
            shown -> !shown.at("finished_at").isNull());
  }

  private static void completed(String id) {
    assertThat(ended(id).text("status")).as(ended(id).body()).isEqualTo("completed");
  }

  private static String failed(String id) {
    assertThat(ended(id).text("status")).as(ended(id).body()).isEqualTo("failed");
    return ended(id).text("error");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(files)) {
      return all.map(path -> String.valueOf(path.getFileName())).sorted().toList();
    }
  }

  @Test
  @Tag("F050")
  void file_thatIsReplaced_leavesItsMode_unlessToldOtherwise() throws IOException {
    Path file = Files.writeString(files.resolve("grüße"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    byte[] content = Story.bytes(300_000);
    completed(upload(file, content, ""));
    assertThat(file).hasBinaryContent(content);
    assertThat(mode(file)).isEqualTo("rw-r-----");
    completed(upload(file, new byte[0], "&mode=0600"));
    assertThat(file).isEmptyFile();
    assertThat(mode(file)).isEqualTo("rw-------");
    Path fresh = files.resolve("new");
    completed(upload(fresh, content, ""));
    assertThat(mode(fresh)).isEqualTo("rw-r--r--");
    assertThat(names()).containsExactly("grüße", "new");
    assertThat(agent.state().resolve("transfers")).isEmptyDirectory();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  @Tag("F050")
  void download_isTheFile() throws IOException {
    byte[] content = Story.bytes(3_000_001);
    String id = download(Files.write(files.resolve("log"), content));
    completed(id);
    assertThat(muster.admin().get("/v1/transfers/" + id + "/content").expect(200).bytes())
        .isEqualTo(content);
    completed(download(Files.createFile(files.resolve("empty"))));
  }

  @Test
  @Tag("F050")
  void twoFilesForOnePath_oneOfThemStays_whole() throws IOException {
    Path file = files.resolve("one");
    byte[] first = Story.bytes(2_000_000);
    byte[] second = Story.bytes(1_999_999);
    String a = upload(file, first, "");
    String b = upload(file, second, "");
    completed(a);
    completed(b);
    assertThat(Files.readAllBytes(file)).isIn(first, second);
    assertThat(names()).containsExactly("one");
  }

  @Test
  @Tag("F050")
  void uploadThatIsChangedOnTheWay_isNoticed_andSentAgain() throws IOException {
    byte[] content = Story.bytes(4_000_000);
    Path file = files.resolve("up");
    int before = link.spoiled();
    link.spoil(1);
    String id = upload(file, content, "");
    completed(id);
    assertThat(link.spoiled()).isEqualTo(before + 1);
    awaitLogged(id + ": interrupted: what arrived is not what was sent");
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  @Tag("F050")
  void downloadThatIsChangedOnTheWay_isNoticed_andSentAgain() throws IOException {
    byte[] content = Story.bytes(4_000_000);
    int before = link.spoiled();
    link.spoil(1);
    String id = download(Files.write(files.resolve("down"), content));
    completed(id);
    assertThat(link.spoiled()).isEqualTo(before + 1);
    awaitLogged(id + ": interrupted: the server answers 400: Content-Digest");
    assertThat(muster.admin().get("/v1/transfers/" + id + "/content").expect(200).bytes())
        .isEqualTo(content);
  }

  private static void awaitLogged(String text) {
    await().atMost(WITHIN).untilAsserted(() -> assertThat(agent.logged()).contains(text));
  }

  @Test
  @Tag("F050")
  void whatIsNoFile_isRefused() throws Exception {
    assertThat(failed(download(Path.of("/proc/self/environ")))).contains("/proc is closed");
    assertThat(failed(download(Path.of("/dev/zero")))).contains("/dev is closed");
    assertThat(failed(download(files))).contains("directory, not a regular file");
    assertThat(failed(download(files.resolve("nothing")))).contains("no such file or directory");
    Path pipe = files.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertThat(failed(download(pipe))).contains("special, not a regular file");
    assertThat(failed(upload(pipe, new byte[1], ""))).contains("special, not a regular file");
    assertThat(failed(upload(files, new byte[1], ""))).contains("directory, not a regular file");
    assertThat(failed(upload(files.resolve("no/such"), new byte[1], "")))
        .contains("no such file or directory");
    assertThat(names()).containsExactly("pipe");
  }

  @Test
  @Tag("F050")
  void linksToWhatIsClosed_areFollowedAndRefused() throws IOException {
    Path link = Files.createSymbolicLink(files.resolve("link"), agent.state());
    assertThat(failed(download(link.resolve("credential.json"))))
        .startsWith("denied by the device's policy: ");
    assertThat(failed(upload(link.resolve("policy.json"), new byte[1], "")))
        .startsWith("denied by the device's policy: ");
    assertThat(agent.state().resolve("policy.json")).doesNotExist();
  }

  @Test
  @Tag("F050")
  void policy_decidesOnPathsAndTools() throws IOException {
    Path open = Files.createDirectory(files.resolve("open"));
    agent.policy("{\"write\":{\"allow\":[\"" + open + "\"]},\"tools\":{\"deny\":[\"read_file\"]}}");
    completed(upload(open.resolve("a"), new byte[9], ""));
    assertThat(failed(upload(files.resolve("b"), new byte[9], "")))
        .startsWith("denied by the device's policy: ");
    assertThat(failed(download(open.resolve("a")))).startsWith("denied by the device's policy: ");
    assertThat(names()).containsExactly("open");
  }

  @Test
  @Tag("F050")
  void cancelledUpload_leavesTheOldFile_andNothingElse() throws IOException {
    Path file = Files.writeString(files.resolve("file"), "old");
    link.limit(4 << 20);
    String id = upload(file, Story.bytes(32 << 20), "");
    await().atMost(WITHIN).until(() -> names().contains(".muster-" + id));
    muster.admin().delete("/v1/transfers/" + id).expect(200);
    await().atMost(WITHIN).until(() -> !names().contains(".muster-" + id));
    link.limit(FAST);
    assertThat(file).hasContent("old");
  }
}
