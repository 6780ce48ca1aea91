package muster.it.transfer;

import static muster.it.transfer.Story.bytes;
import static muster.it.transfer.Story.checksum;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.blob.Checksum;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Files to a device and from it, step by step.
class TransferTest {
  private static TestMuster muster;

  private Story story;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    story = new Story(muster);
  }

  @AfterEach
  void close() {
    story.device.close();
  }

  private TestReply list(String query) {
    return muster
        .admin()
        .get("/api/devices/" + story.device.id() + "/transfers" + query)
        .expect(200);
  }

  @Test
  @Tag("F050")
  void upload_isFetchedInParts_andListedWithItsProgress() {
    byte[] content = bytes(300_000);
    String id = story.upload(content);
    assertThat(list("").text("/transfers/0/status")).isEqualTo("queued");
    story.device.connect();

    var order = story.order(id);
    assertThat(order.method()).isEqualTo("transfer.write");
    assertThat(order.params().string("path")).isEqualTo("/etc/motd");
    assertThat(order.params().string("mode")).isEqualTo("0640");
    assertThat(order.params().integer("size")).isEqualTo(300_000);
    assertThat(order.params().string("checksum")).isEqualTo(checksum(content));

    TestReply part = story.fetch(id, "bytes=0-99999").expect(206);
    assertThat(part.header("content-range")).isEqualTo("bytes 0-99999/300000");
    assertThat(part.bytes()).isEqualTo(Arrays.copyOf(content, 100_000));
    assertThat(list("?status=running").at("/transfers/0/bytes_done").asLong()).isEqualTo(100_000);
    assertThat(story.fetch(id, "bytes=100000-").expect(206).bytes())
        .isEqualTo(Arrays.copyOfRange(content, 100_000, 300_000));
    assertThat(story.fetch(id, "bytes=300000-").status()).isEqualTo(416);
    story.completed(id, content).expect(200);

    TestReply shown = list("?limit=1&status=completed,failed");
    assertThat(shown.at("total").asInt()).isEqualTo(1);
    assertThat(shown.at("/transfers/0").fieldNames())
        .toIterable()
        .containsExactly(
            "transfer_id",
            "direction",
            "path",
            "size_bytes",
            "bytes_done",
            "checksum",
            "status",
            "error",
            "created_at",
            "finished_at");
    assertThat(shown.text("/transfers/0/transfer_id")).isEqualTo(id);
    assertThat(shown.text("/transfers/0/direction")).isEqualTo("upload");
    assertThat(shown.at("/transfers/0/bytes_done").asLong()).isEqualTo(300_000);
    assertThat(shown.text("/transfers/0/checksum")).isEqualTo(checksum(content));
    assertThat(story.completed(id, content).status()).as("told again").isEqualTo(200);
    assertThat(story.fetch(id, "bytes=0-").status()).as("no more of it").isEqualTo(409);
  }

  @Test
  @Tag("F050")
  void download_comesInPieces_andIsFetchedByRange() {
    byte[] content = bytes(200_001);
    story.device.connect();
    String id = story.download();
    assertThat(story.order(id).method()).isEqualTo("transfer.read");
    assertThat(story.get(id).at("size_bytes").isNull()).isTrue();
    story.put(id, 0, content.length, Arrays.copyOf(content, 100_000)).expect(200);
    TestReply halfway = story.get(id);
    assertThat(halfway.at("bytes_done").asLong()).isEqualTo(100_000);
    assertThat(halfway.at("size_bytes").asLong()).isEqualTo(200_001);
    assertThat(muster.admin().get("/v1/transfers/" + id + "/content").status()).isEqualTo(409);
    TestReply rest =
        story.put(id, 100_000, content.length, Arrays.copyOfRange(content, 100_000, 200_001));
    assertThat(rest.expect(200).at("offset").asLong()).isEqualTo(200_001);
    story.completed(id, content).expect(200);

    TestReply file = muster.admin().get("/v1/transfers/" + id + "/content").expect(200);
    assertThat(file.bytes()).isEqualTo(content);
    assertThat(file.header("repr-digest")).isEqualTo(Checksum.of(content).header());
    assertThat(file.header("content-length")).isEqualTo("200001");
    assertThat(file.header("content-disposition"))
        .isEqualTo("attachment; filename=\"sys log\"; filename*=UTF-8''sys%20log");
    assertThat(file.header("x-content-type-options")).isEqualTo("nosniff");
    assertThat(range(id, Map.of("Range", "bytes=-1")).expect(206).bytes())
        .isEqualTo(Arrays.copyOfRange(content, 200_000, 200_001));
    String etag = file.header("etag");
    assertThat(range(id, Map.of("Range", "bytes=0-9", "If-Range", etag)).status()).isEqualTo(206);
    assertThat(range(id, Map.of("Range", "bytes=0-9", "If-Range", "\"other\"")).status())
        .isEqualTo(200);
    TestReply beyond = range(id, Map.of("Range", "bytes=200001-"));
    assertThat(beyond.status()).isEqualTo(416);
  }

  private TestReply range(String id, Map<String, String> headers) {
    return muster
        .admin()
        .send("GET", "/v1/transfers/" + id + "/content", Optional.empty(), headers);
  }

  @Test
  @Tag("F050")
  void emptyFile_isAFile() {
    story.device.connect();
    String up = story.upload(new byte[0]);
    story.order(up);
    story.completed(up, new byte[0]).expect(200);
    String down = story.download();
    story.order(down);
    story.completed(down, new byte[0]).expect(200);
    assertThat(muster.admin().get("/v1/transfers/" + down + "/content").expect(200).bytes())
        .isEmpty();
  }

  @Test
  @Tag("F050")
  void pieces_goOnWhereTheyWere_andNowhereElse() {
    byte[] content = bytes(1_000);
    story.device.connect();
    String id = story.download();
    story.order(id);
    story.put(id, 0, 1_000, Arrays.copyOf(content, 600)).expect(200);
    for (long offset : List.of(0L, 599L, 601L)) {
      assertThat(story.put(id, offset, 1_000, bytes(10)).status()).isEqualTo(409);
    }
    TestReply wrong =
        story
            .device
            .http()
            .sendBytes(
                "PUT",
                "/device/transfers/" + id + "/content?offset=600&size=1000",
                Optional.of(bytes(400)),
                Map.of("Content-Digest", Checksum.of(bytes(399)).header()));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.body()).contains("Content-Digest");
    TestReply state = story.device.http().get("/device/transfers/" + id).expect(200);
    assertThat(state.at("offset").asLong()).isEqualTo(600);
    story.put(id, 600, 1_000, Arrays.copyOfRange(content, 600, 1_000)).expect(200);

    TestReply other =
        story.end(
            id, Map.of("status", "completed", "size", 1_000, "checksum", checksum(bytes(999))));
    assertThat(other.status()).as("not what was sent").isEqualTo(409);
    assertThat(story.get(id).at("bytes_done").asLong()).as("so it is forgotten").isZero();
    story.put(id, 0, 1_000, content).expect(200);
    story.completed(id, content).expect(200);
  }

  @Test
  @Tag("F050")
  void file_thatChangesItsSize_fails() {
    story.device.connect();
    String id = story.download();
    story.order(id);
    story.put(id, 0, 1_000, bytes(600)).expect(200);
    assertThat(story.put(id, 600, 1_001, bytes(1)).status()).isEqualTo(409);
    assertThat(story.get(id).text("error")).contains("changed while it was read");
  }

  @Test
  @Tag("F050")
  void connectionThatBreaks_isGoneOnWith() {
    byte[] content = bytes(1_000);
    story.device.connect();
    String id = story.download();
    story.order(id);
    story.put(id, 0, 1_000, Arrays.copyOf(content, 600)).expect(200);
    story.device.cut();
    assertThat(story.awaitStatus(id, "queued").at("bytes_done").asLong()).isEqualTo(600);
    story.put(id, 600, 1_000, Arrays.copyOfRange(content, 600, 800)).expect(200);
    assertThat(story.get(id).text("status")).as("without the socket").isEqualTo("running");
    story.device.connect();
    story.order(id);
    story.put(id, 800, 1_000, Arrays.copyOfRange(content, 800, 1_000)).expect(200);
    story.completed(id, content).expect(200);
  }

  @Test
  @Tag("F050")
  void newerConnection_isToldWhatRuns() {
    story.device.connect();
    String id = story.download();
    story.order(id);
    try (var again = story.device.sameBoot().connect()) {
      assertThat(again.nextTransfer().id()).isEqualTo(id);
      assertThat(story.get(id).text("status")).isEqualTo("running");
    }
  }

  @Test
  @Tag("F050")
  void restart_forgetsNothing() {
    byte[] content = bytes(1_000);
    story.device.connect();
    String down = story.download();
    String up = story.upload(content);
    story.order(down);
    story.order(up);
    story.put(down, 0, 1_000, Arrays.copyOf(content, 600)).expect(200);
    muster.restart();
    assertThat(story.get(down).text("status")).isEqualTo("queued");
    assertThat(story.get(down).at("bytes_done").asLong()).isEqualTo(600);
    story.device.connect();
    story.order(down);
    story.order(up);
    story.put(down, 600, 1_000, Arrays.copyOfRange(content, 600, 1_000)).expect(200);
    story.completed(down, content).expect(200);
    assertThat(story.fetch(up, "bytes=0-").bytes()).isEqualTo(content);
    story.completed(up, content).expect(200);
  }

  @Test
  @Tag("F050")
  void twoAtOnce_theThirdWaits() {
    story.device.connect();
    String first = story.download();
    String second = story.upload(bytes(10));
    String third = story.download();
    story.order(first);
    story.order(second);
    assertThat(story.get(third).text("status")).isEqualTo("queued");
    story.end(first, Map.of("status", "failed", "error", "no\u0007 such file")).expect(200);
    story.order(third);
    assertThat(story.get(first).text("error")).isEqualTo("no such file");
  }

  @Test
  @Tag("F050")
  void agentThatRefuses_endsIt_orIsAskedAgain() {
    story.device.connect();
    String old = story.download();
    story.device.refuseTransfer(-32601, "no such method");
    assertThat(story.awaitStatus(old, "failed").text("error")).contains("too old");
    String denied = story.download();
    story.device.refuseTransfer(-32002, "read: deny /var");
    assertThat(story.awaitStatus(denied, "failed").text("error"))
        .isEqualTo("denied by the device's policy: read: deny /var");
    String busy = story.download();
    story.device.refuseTransfer(-32004, "busy");
    story.order(busy);
    assertThat(story.get(busy).text("status")).isEqualTo("running");
  }
}
