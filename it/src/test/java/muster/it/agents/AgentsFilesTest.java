package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import muster.blob.Checksum;
import muster.it.page.Shell;
import muster.testkit.FakeDevice;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files of the real agent, by the page (F136, F137).
class AgentsFilesTest {
  @TempDir private static Path home;
  private static TestMuster muster;
  private static RealAgent agent;

  @TempDir private Path files;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    agent = RealAgent.start(muster, home);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    agent.close();
    muster.close();
  }

  @BeforeEach
  void allowAll() throws IOException {
    agent.noPolicy();
  }

  private static String path(Object file) {
    return "/api/agents/" + agent.device() + "/files?path=" + file;
  }

  private static TestReply upload(String body) {
    return muster
        .admin()
        .send(
            "POST",
            "/api/agents/" + agent.device() + "/files",
            Optional.of(body.replace("\n", "\r\n")),
            Map.of("Content-Type", "multipart/form-data; boundary=xyz"));
  }

  private static String field(String name, String value) {
    return "--xyz\nContent-Disposition: form-data; name=\"%s\"\n\n%s\n".formatted(name, value);
  }

  private static String file(String name, String content) {
    return ("--xyz\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\n"
            + "Content-Type: application/octet-stream\n\n%s\n")
        .formatted(name, content);
  }

  private static final String END = "--xyz--\n";

  @Test
  @Tag("F136")
  void download_bringsTheFile_withItsNameLengthAndChecksum() throws IOException {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    Path log = Files.write(files.resolve("access log.bin"), content);

    TestReply reply = muster.admin().get(path(log.toString().replace(" ", "%20"))).expect(200);

    assertThat(reply.bytes()).isEqualTo(content);
    assertThat(reply.header("content-type")).isEqualTo("application/octet-stream");
    assertThat(reply.header("content-length")).isEqualTo("3000000");
    assertThat(reply.header("content-disposition")).contains("filename=\"access log.bin\"");
    assertThat(reply.header("repr-digest")).isEqualTo(Checksum.of(content).header());
  }

  private static void awaitEmptySpool() {
    Awaitility.await()
        .untilAsserted(() -> {
          try (var kept = Files.list(muster.data().resolve("server/spool"))) {
            assertThat(kept.filter(Files::isRegularFile)).isEmpty();
          }
        });
  }

  @Test
  @Tag("F136")
  void download_leavesNothingInTheServersSpool() throws IOException {
    Path log = Files.writeString(files.resolve("log"), "some lines\n");
    muster.admin().get(path(log)).expect(200);
    awaitEmptySpool();
  }

  @Test
  @Tag("F136")
  void rangeBehindTheEnd_leavesNothingInTheServersSpool() throws IOException {
    Path log = Files.writeString(files.resolve("log"), "short");
    muster
        .admin()
        .send("GET", path(log), Optional.empty(), Map.of("Range", "bytes=99-"))
        .expect(416);
    awaitEmptySpool();
  }

  @Test
  @Tag("F136")
  void range_isAnsweredByThatPart() throws IOException {
    Path log = Files.writeString(files.resolve("log"), "0123456789");

    TestReply reply =
        muster
            .admin()
            .send("GET", path(log), Optional.empty(), Map.of("Range", "bytes=2-4"))
            .expect(206);

    assertThat(reply.body()).isEqualTo("234");
    assertThat(reply.header("content-range")).isEqualTo("bytes 2-4/10");
  }

  @Test
  @Tag("F136")
  void head_tellsTheSize_andFetchesNothing() throws IOException {
    Path log = Files.writeString(files.resolve("log"), "0123456789");

    TestReply reply =
        muster.admin().send("HEAD", path(log), Optional.empty(), Map.of()).expect(200);

    assertThat(reply.header("content-length")).isEqualTo("10");
    assertThat(reply.header("content-type")).isEqualTo("application/octet-stream");
    assertThat(reply.header("accept-ranges")).isEqualTo("bytes");
    assertThat(reply.bytes()).isEmpty();
    muster
        .admin()
        .send("HEAD", path(files.resolve("none")), Optional.empty(), Map.of())
        .expect(404);
  }

  @Test
  @Tag("F136")
  void download_ofAnEmptyFile_isEmpty() throws IOException {
    Path empty = Files.createFile(files.resolve("empty"));
    assertThat(muster.admin().get(path(empty)).expect(200).bytes()).isEmpty();
  }

  @Test
  @Tag("F136")
  void whatIsNoFileOrNotThere_isRefused() {
    assertThat(muster.admin().get(path(files.resolve("none"))).expect(404).text("error"))
        .endsWith("no such file or directory");
    assertThat(muster.admin().get(path(files)).expect(400).text("error"))
        .contains("not a regular file");
    for (String bad : List.of("relative", "/a/", "")) {
      assertThat(muster.admin().get(path(bad)).expect(400).text("error")).startsWith("path: ");
    }
    muster.admin().get("/api/agents/" + agent.device() + "/files").expect(400);
    muster.admin().get(path("/a/../b")).expect(400);
    assertThat(upload(field("dest", "/a/../b") + file("x", "y") + END).expect(400).text("error"))
        .startsWith("path: ");
  }

  @Test
  @Tag("F136")
  void devicesPolicy_decides() throws IOException {
    Path log = Files.writeString(files.resolve("log"), "secret");
    agent.policy("{\"read\":{\"deny\":[\"%s\"]}}".formatted(files));

    assertThat(muster.admin().get(path(log)).expect(403).text("error"))
        .startsWith("denied by the device's policy: ");
  }

  @Test
  @Tag("F136")
  @Tag("F137")
  void deviceThatIsAway_isToldSo_andRolesCount() {
    try (FakeDevice away = muster.enroll("away")) {
      String path = "/api/agents/" + away.id() + "/files";
      assertThat(muster.admin().get(path + "?path=/etc/hosts").expect(409).text("error"))
          .isEqualTo("device %s is offline".formatted(away.id()));
      muster.withRole("viewer").get(path + "?path=/etc/hosts").expect(403);
    }
  }

  @Test
  @Tag("F137")
  void upload_putsTheFileInPlace_destBeforeTheFile() throws IOException {
    Path dest = files.resolve("put.txt");

    TestReply reply =
        upload(field("dest", dest.toString()) + file("x.txt", "content") + END).expect(200);

    assertThat(Files.readString(dest)).isEqualTo("content");
    assertThat(reply.text("status")).isEqualTo("ok");
    assertThat(reply.text("path")).isEqualTo(dest.toString());
    assertThat(reply.at("size").asInt()).isEqualTo(7);
    assertThat(reply.text("checksum"))
        .isEqualTo(Checksum.of("content".getBytes(StandardCharsets.UTF_8)).text());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dest)))
        .isEqualTo("rw-r--r--");
  }

  @Test
  @Tag("F137")
  void upload_destBehindTheFile_andADirectory() throws IOException {
    upload(
            file("C:\\\\dir\\\\name.txt", "new")
                + field("mode", "0600")
                + field("dest", files + "/")
                + END)
        .expect(200);

    assertThat(Files.readString(files.resolve("name.txt"))).isEqualTo("new");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(files.resolve("name.txt"))))
        .isEqualTo("rw-------");
  }

  @Test
  @Tag("F137")
  void formThatLacksAPart_isRefused_byName() {
    assertThat(upload(field("dest", "/opt/x") + END).expect(400).text("error"))
        .startsWith("file: ");
    assertThat(upload(file("x", "y") + END).expect(400).text("error")).startsWith("dest: ");
    assertThat(upload(file("x", "y") + field("other", "z") + END).expect(400).text("error"))
        .startsWith("part: \"other\"");
    assertThat(upload(file("x", "y")).expect(400).text("error")).startsWith("body: ");
    muster
        .admin()
        .send(
            "POST",
            "/api/agents/" + agent.device() + "/files",
            Optional.of("{}"),
            Map.of("Content-Type", "application/json"))
        .expect(415);
  }

  @Test
  @Tag("F137")
  void upload_thatTheDeviceRefuses_leavesTheOldFile() throws IOException {
    Path old = Files.writeString(files.resolve("old"), "old");
    agent.policy("{\"write\":{\"deny\":[\"%s\"]}}".formatted(files));

    upload(field("dest", old.toString()) + file("x", "new") + END).expect(403);

    assertThat(Files.readString(old)).isEqualTo("old");
    agent.noPolicy();
    upload(field("dest", files.resolve("no/such/x").toString()) + file("x", "new") + END)
        .expect(404);
  }

  /// A real file system of 4 MiB, in a mount namespace of the agent's own.
  @Test
  @Tag("F137")
  void uploadToAFullDisk_leavesTheOldFile_andSaysSo() throws Exception {
    Path disk = Files.createDirectory(files.resolve("disk"));
    String namespace = "unshare --user --map-root-user --mount";
    String mounted = "mount -t tmpfs -o size=4m,mode=700 muster " + disk;
    assumeTrue(
        Shell.run(namespace + " sh -c '" + mounted + "'", files, Map.of()).status() == 0,
        "SKIPPED: no tmpfs can be mounted here (no user namespaces): the full disk was not tried");
    String wrapper = namespace + " sh -c '" + mounted + " && exec \"$@\"' sh \"$@\"";
    try (TestMuster other = TestMuster.start();
        RealAgent small =
            RealAgent.wrapped(other, Files.createDirectory(files.resolve("home")), wrapper)) {
      String path = "/api/agents/" + small.device() + "/files";
      Map<String, String> type = Map.of("Content-Type", "multipart/form-data; boundary=xyz");
      String dest = field("dest", disk.resolve("kept").toString());
      other
          .admin()
          .send("POST", path, Optional.of(form(dest + file("a", "old"))), type)
          .expect(200);

      String large = form(dest + file("b", "x".repeat(6 << 20)));
      TestReply refused = other.admin().send("POST", path, Optional.of(large), type).expect(507);

      assertThat(refused.text("error")).contains("no space left on the device");
      assertThat(other.admin().get(path + "?path=" + disk.resolve("kept")).expect(200).body())
          .isEqualTo("old");
    }
  }

  private static String form(String parts) {
    return (parts + END).replace("\n", "\r\n");
  }

  @Test
  @Tag("F136")
  @Tag("F137")
  void curl_sendsAndFetchesAsThePageHasIt() throws Exception {
    Shell.assumeInstalled("curl");
    Path source = Files.writeString(files.resolve("source"), "by curl\n");
    String line =
        "curl -sSf -H 'Authorization: Bearer %s' -F 'file=@%s' -F 'dest=%s' %s/api/agents/%s/files"
            .formatted(
                muster.adminKey(), source, files.resolve("there"), muster.url(), agent.device());
    assertThat(Shell.run(line, files, Map.of()).status()).isZero();
    assertThat(Files.readString(files.resolve("there"))).isEqualTo("by curl\n");

    String fetch =
        "curl -sSf -H 'Authorization: Bearer %s' '%s%s'"
            .formatted(muster.adminKey(), muster.url(), path(files.resolve("there")));
    assertThat(Shell.run(fetch, files, Map.of()).output()).isEqualTo("by curl\n");
  }
}
