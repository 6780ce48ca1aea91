package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import muster.blob.Checksum;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Uploads in pieces, which go on after whatever broke.
class UploadsTest {
  private static final byte[] CONTENT = Story.bytes(300_000);

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

  private static Map<String, Object> with(String name, String field, Object value) {
    Map<String, Object> label = new HashMap<>(Story.label(name, CONTENT.length));
    label.put(field, value);
    return label;
  }

  private static String begin(String name) {
    return admin.post("/v1/uploads", Story.label(name, CONTENT.length)).expect(201).text("id");
  }

  private static byte[] piece(int from, int to) {
    return Arrays.copyOfRange(CONTENT, from, to);
  }

  private static long offset(String id) {
    return admin.get("/v1/uploads/" + id).expect(200).at("offset").asLong();
  }

  private static TestReply end(String id) {
    return admin.post("/v1/uploads/" + id + "/end", "");
  }

  @Test
  @Tag("F103")
  @DisplayName("F103: a file comes in pieces, over a restart, and is a binary at the end")
  void pieces_becomeABinary_overARestart() {
    String name = Story.name();
    String id = begin(name);
    assertThat(offset(id)).isZero();
    Story.put(admin, id, 0, piece(0, 100_000)).expect(200);
    assertThat(offset(id)).isEqualTo(100_000);
    end(id).expect(409);
    muster.restart();
    assertThat(offset(id)).isEqualTo(100_000);
    Story.put(admin, id, 100_000, piece(100_000, 300_000)).expect(200);
    TestReply made = end(id).expect(201);
    assertThat(made.text("name")).isEqualTo(name);
    assertThat(made.text("checksum")).isEqualTo(Story.checksum(CONTENT));
    assertThat(Story.content(admin, made.text("id"))).isEqualTo(CONTENT);
    admin.get("/v1/uploads/" + id).expect(404);
    end(id).expect(404);
  }

  @Test
  @DisplayName("a piece that is elsewhere, too long or damaged changes nothing")
  void wrongPiece_changesNothing() {
    String id = begin(Story.name());
    Story.put(admin, id, 0, piece(0, 1000)).expect(200);
    Story.put(admin, id, 0, piece(0, 1000)).expect(409);
    Story.put(admin, id, 1001, piece(1001, 2000)).expect(409);
    assertThat(
            admin
                .sendBytes(
                    "PUT",
                    "/v1/uploads/" + id + "?offset=1000",
                    Optional.of(piece(1000, 2000)),
                    Map.of("Content-Digest", Checksum.of(piece(0, 1000)).header()))
                .expect(400)
                .text("detail"))
        .startsWith("Content-Digest: ");
    assertThat(offset(id)).isEqualTo(1000);
    Story.put(admin, id, 1000, piece(1000, 300_000)).expect(200);
    Story.put(admin, id, 300_000, new byte[1]).expect(400);
    end(id).expect(201);
  }

  @Test
  @DisplayName("who begins the same again goes on with it, if its checksum was said")
  void sameBegunAgain_isGoneOnWith() {
    String name = Story.name();
    Map<String, Object> said = with(name, "checksum", Story.checksum(CONTENT));
    String id = admin.post("/v1/uploads", said).expect(201).text("id");
    Story.put(admin, id, 0, piece(0, 1000)).expect(200);
    TestReply again = admin.post("/v1/uploads", said).expect(201);
    assertThat(again.text("id")).isEqualTo(id);
    assertThat(again.at("offset").asLong()).isEqualTo(1000);
    assertThat(muster.withRole("operator").post("/v1/uploads", said).expect(201).text("id"))
        .as("somebody else's")
        .isNotEqualTo(id);
    assertThat(begin(name)).as("without a checksum").isNotEqualTo(id);
  }

  @Test
  @DisplayName("what is not what was said of it is thrown away at the end")
  void wrongContent_isThrownAway() {
    String id =
        admin
            .post("/v1/uploads", with(Story.name(), "checksum", Story.checksum(new byte[1])))
            .expect(201)
            .text("id");
    Story.put(admin, id, 0, CONTENT).expect(200);
    assertThat(end(id).expect(400).text("detail")).startsWith("checksum: ");
    admin.get("/v1/uploads/" + id).expect(404);
    assertThat(Story.files(muster.data())).noneMatch(file -> file.startsWith(id));
  }

  @Test
  @DisplayName("what begins with a mistake is refused at once")
  void wrongBeginning_isRefused() {
    String name = Story.name();
    Map.of(
            "size_bytes",
            (Object) 0,
            "checksum",
            "sha256:abc123",
            "signature",
            "RWQ",
            "version",
            "1".repeat(65),
            "metadata",
            Map.of("a", 1),
            "colour",
            "red")
        .forEach((field, value) ->
            assertThat(
                    admin.post("/v1/uploads", with(name, field, value)).expect(400).text("detail"))
                .contains(field));
    Story.upload(admin, name, Story.bytes(10));
    admin.post("/v1/uploads", with(name, "checksum", Story.checksum(CONTENT))).expect(409);
  }

  @Test
  @DisplayName("one that is given up, or 24 h old, leaves nothing")
  void givenUpOrOld_leavesNothing() throws IOException {
    try (TestMuster other = TestMuster.start()) {
      TestClient client = other.admin();
      String given = client.post("/v1/uploads", Story.label("a", 9)).expect(201).text("id");
      String old = client.post("/v1/uploads", Story.label("b", 9)).expect(201).text("id");
      other.clock().advance(Duration.ofHours(23));
      String young = client.post("/v1/uploads", Story.label("c", 9)).expect(201).text("id");
      for (String id : new String[] {given, old, young}) {
        Story.put(client, id, 0, new byte[5]).expect(200);
      }
      client.delete("/v1/uploads/" + given).expect(204);
      client.get("/v1/uploads/" + given).expect(404);
      other.clock().advance(Duration.ofHours(2));
      other.stop();
      // What a dead server leaves: pieces of no upload, and a content that no binary has.
      Files.write(other.data().resolve("server/binaries/upl_0000000000000000.part"), new byte[5]);
      Files.write(
          other.data().resolve("server/binaries").resolve(Checksum.of(new byte[5]).hex()),
          new byte[5]);
      other.startAgain();
      client.get("/v1/uploads/" + old).expect(404);
      assertThat(Story.files(other.data())).containsExactly(young + ".part");
    }
  }
}
