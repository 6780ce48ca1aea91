package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.blob.Checksum;
import muster.server.Config;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Binaries by plain HTTP.
class BinariesTest {
  private static TestMuster muster;
  private static TestClient admin;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    admin = muster.admin();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply fetch(String id, Map<String, String> headers) {
    return admin.send("GET", "/v1/binaries/" + id + "/content", Optional.empty(), headers);
  }

  private static JsonNode audited(String target) {
    return admin.get("/v1/audit?target=" + target).expect(200).at("entries");
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: what is uploaded by HTTP is shown, and is on record")
  void upload_isShownAndOnRecord() {
    byte[] content = Story.bytes(100_000);
    String name = Story.name();
    TestReply made =
        admin
            .sendBytes(
                "POST",
                "/v1/binaries?version=2.0.0&platform=linux&architecture=arm64"
                    + "&content_type=application/zip&name="
                    + name,
                Optional.of(content),
                Map.of("Repr-Digest", Checksum.of(content).header()))
            .expect(201);
    String id = made.text("id");
    assertThat(made.text("name")).isEqualTo(name);
    assertThat(made.text("architecture")).isEqualTo("arm64");
    assertThat(made.text("content_type")).isEqualTo("application/zip");
    assertThat(made.text("checksum")).isEqualTo(Story.checksum(content));
    assertThat(made.at("size_bytes").asLong()).isEqualTo(content.length);
    assertThat(made.at("available").asBoolean()).isTrue();
    assertThat(admin.get("/v1/binaries/" + id).expect(200).json()).isEqualTo(made.json());

    JsonNode row = audited(id).get(0);
    assertThat(row.path("action").asText()).isEqualTo("binary.create");
    assertThat(row.at("/detail/binary").asText()).isEqualTo(name + " 2.0.0 for linux arm64");
    assertThat(row.at("/detail/checksum").asText()).isEqualTo(Story.checksum(content));
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: a body that is not what its digest says leaves nothing")
  void wrongDigest_leavesNothing() {
    List<String> before = Story.files(muster.data());
    TestReply reply =
        Story.post(
            admin,
            Story.name(),
            Story.bytes(10),
            Map.of("Repr-Digest", Checksum.of(Story.bytes(11)).header()));
    assertThat(reply.expect(400).text("detail")).contains("checksum: sha256:");
    assertThat(Story.files(muster.data())).isEqualTo(before);
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: a label that has another content is in conflict, the same is the answer")
  void sameLabel_isTheSameOrAConflict() {
    String name = Story.name();
    String id = Story.upload(admin, name, Story.bytes(10));
    assertThat(Story.upload(admin, name, Story.bytes(10))).isEqualTo(id);
    assertThat(audited(id)).hasSize(1);
    assertThat(Story.post(admin, name, Story.bytes(11), Story.BYTES).expect(409).text("detail"))
        .contains("is there already", id);
  }

  @Test
  @Tag("F104")
  @DisplayName("F104: ranges, as curl asks for them")
  void content_comesInRanges() {
    byte[] content = Story.bytes(100_000);
    String id = Story.upload(admin, Story.name(), content);
    TestReply whole = fetch(id, Map.of()).expect(200);
    assertThat(whole.bytes()).isEqualTo(content);
    assertThat(whole.header("etag")).isEqualTo('"' + Checksum.of(content).hex() + '"');
    assertThat(whole.header("repr-digest")).isEqualTo(Checksum.of(content).header());
    assertThat(whole.header("content-disposition")).startsWith("attachment; filename=");
    TestReply rest = fetch(id, Map.of("Range", "bytes=99000-")).expect(206);
    assertThat(rest.bytes()).isEqualTo(Arrays.copyOfRange(content, 99_000, 100_000));
    assertThat(rest.header("content-range")).isEqualTo("bytes 99000-99999/100000");
    fetch(id, Map.of("Range", "bytes=100000-")).expect(416);
    assertThat(fetch(id, Map.of("Range", "bytes=1-2", "If-Range", "\"x\"")).expect(200).bytes())
        .hasSize(100_000);
    TestReply head =
        admin.send("HEAD", "/v1/binaries/" + id + "/content", Optional.empty(), Map.of());
    assertThat(head.expect(200).header("content-length")).isEqualTo("100000");
    assertThat(head.header("etag")).isEqualTo(whole.header("etag"));
    assertThat(head.bytes()).isEmpty();
  }

  @Test
  @DisplayName("the list is newest first, page by page, by name if one is given")
  void list_isNewestFirst() {
    String name = Story.name();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(
          admin
              .sendBytes(
                  "POST",
                  "/v1/binaries?platform=linux&version=" + i + "&name=" + name,
                  Optional.of(Story.bytes(10 + i)),
                  Story.BYTES)
              .expect(201)
              .text("id"));
    }
    String newest = Story.upload(admin, Story.name(), Story.bytes(10));
    assertThat(admin.get("/v1/binaries?limit=1").expect(200).at("/binaries/0/id").asText())
        .isEqualTo(newest);

    String list = "/v1/binaries?limit=2&name=" + name;
    List<String> shown = new ArrayList<>();
    TestReply page = admin.get(list).expect(200);
    page.at("binaries").forEach(binary -> shown.add(binary.path("id").asText()));
    while (page.json().has("next_cursor")) {
      page = admin.get(list + "&cursor=" + page.text("next_cursor")).expect(200);
      page.at("binaries").forEach(binary -> shown.add(binary.path("id").asText()));
    }
    assertThat(shown).isEqualTo(ids.reversed());
    String other = admin.get(list).expect(200).text("next_cursor");
    assertThat(admin.get("/v1/binaries?limit=2&cursor=" + other).expect(400).text("detail"))
        .startsWith("cursor: ");
  }

  @Test
  @DisplayName("a content goes with the last binary that has it")
  void content_goesWithItsLastBinary() {
    byte[] content = Story.bytes(12_345);
    String file = Checksum.of(content).hex();
    String one = Story.upload(admin, Story.name(), content);
    String two = Story.upload(admin, Story.name(), content);
    admin.delete("/v1/binaries/" + one).expect(204);
    admin.get("/v1/binaries/" + one).expect(404);
    assertThat(Story.files(muster.data())).contains(file);
    assertThat(Story.content(admin, two)).isEqualTo(content);
    admin.delete("/v1/binaries/" + two).expect(204);
    assertThat(Story.files(muster.data())).doesNotContain(file);
    admin.delete("/v1/binaries/" + two).expect(404);
    assertThat(audited(two).get(0).path("action").asText()).isEqualTo("binary.delete");
    assertThat(Story.content(admin, Story.upload(admin, Story.name(), content)))
        .as("it can come back")
        .isEqualTo(content);
  }

  @Test
  @DisplayName("a key with a scope sees binaries, and neither makes nor deletes any")
  void fencedKey_onlyFetches() {
    String id = Story.upload(admin, Story.name(), Story.bytes(10));
    TestClient fenced =
        muster.withKey(Map.of("name", "fenced", "role", "admin", "scope", "tag:lab"));
    assertThat(Story.content(fenced, id)).hasSize(10);
    assertThat(fenced.get("/v1/binaries").expect(200).at("binaries")).isNotEmpty();
    Story.post(fenced, Story.name(), Story.bytes(10), Story.BYTES).expect(403);
    fenced.post("/v1/uploads", Story.label(Story.name(), 10)).expect(403);
    fenced.delete("/v1/binaries/" + id).expect(403);
  }

  @Test
  @DisplayName("a connection that breaks in the middle of an upload leaves nothing")
  void brokenUpload_leavesNothing() throws IOException {
    List<String> before = Story.files(muster.data());
    try (Socket socket = new Socket("127.0.0.1", muster.port())) {
      String half =
          """
          POST /v1/binaries?name=broken&version=1&platform=x HTTP/1.1
          Host: x
          Authorization: Bearer %s
          Content-Length: 10

          12345\
          """
              .formatted(muster.adminKey())
              .replace("\n", "\r\n");
      socket.getOutputStream().write(half.getBytes(StandardCharsets.US_ASCII));
      await().until(() -> !Story.files(muster.data()).equals(before));
    }
    await().until(() -> Story.files(muster.data()).equals(before));
  }

  @Test
  @DisplayName("there is room for so much, in one file and in all")
  void room_isBounded() {
    try (TestMuster small =
        TestMuster.start(config -> config.withBinaries(new Config.Binaries(1, 2)))) {
      int mib = 1 << 20;
      assertThat(
              Story.post(small.admin(), "large", Story.bytes(mib + 1), Story.BYTES)
                  .expect(413)
                  .text("detail"))
          .isEqualTo("size_bytes: 1048577 (expected: at most 1048576)");
      String first = Story.upload(small.admin(), "a", Story.bytes(mib));
      Story.upload(small.admin(), "b", Story.bytes(mib - 1));
      TestReply full =
          Story.post(small.admin(), "c", Story.bytes(mib - 2), Story.BYTES).expect(507);
      assertThat(full.text("error")).isEqualTo("insufficient_storage");
      small.admin().post("/v1/uploads", Story.label("c", mib)).expect(507);
      assertThat(Story.files(small.data())).hasSize(2);
      small.admin().delete("/v1/binaries/" + first).expect(204);
      Story.upload(small.admin(), "c", Story.bytes(mib));
    }
  }

  @Test
  @DisplayName(
      "a binary whose content is gone says so, and is whole again when it is uploaded again")
  void lostContent_isToldAndCanComeAgain() throws IOException {
    byte[] content = "only here".getBytes(StandardCharsets.UTF_8);
    String name = Story.name();
    try (TestMuster restored = TestMuster.start()) {
      String id = Story.upload(restored.admin(), name, content);
      restored.stop();
      Files.delete(restored.data().resolve("server/binaries").resolve(Checksum.of(content).hex()));
      restored.startAgain();
      TestReply shown = restored.admin().get("/v1/binaries/" + id).expect(200);
      assertThat(shown.at("available").asBoolean()).isFalse();
      assertThat(restored.admin().get("/v1/binaries/" + id + "/content").expect(409).text("detail"))
          .contains("upload " + name);
      assertThat(Story.upload(restored.admin(), name, content)).isEqualTo(id);
      assertThat(Story.content(restored.admin(), id)).isEqualTo(content);
    }
  }
}
