package muster.it.transfer;

import static muster.it.transfer.Story.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import muster.blob.Checksum;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who ends transfers, and what there is room for: files of 1 MiB at most, 2 MiB in all.
class TransferRightsTest {
  private static final int MIB = 1 << 20;

  private static TestMuster muster;

  private Story story;

  @BeforeAll
  static void start() {
    muster = TestMuster.start(config -> config.withTransfers(new Config.Transfers(1, 2, 24)));
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    story = new Story(muster);
    story.device.connect();
  }

  @AfterEach
  void close() {
    for (var transfer :
        muster.admin().get("/api/devices/" + story.device.id() + "/transfers").at("transfers")) {
      muster.admin().delete("/v1/transfers/" + transfer.path("transfer_id").asText());
    }
    story.device.close();
  }

  private static List<Path> spool() throws IOException {
    try (Stream<Path> files = Files.list(muster.data().resolve("server/spool"))) {
      return files.toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"block", "revoke-token"})
  @Tag("F050")
  void deviceThatIsTurnedAway_losesItsTransfersAtOnce(String how) {
    String down = story.download();
    String up = story.upload(bytes(10));
    story.order(down);
    story.order(up);
    story.put(down, 0, 1_000, bytes(600)).expect(200);
    muster.admin().post("/api/devices/" + story.device.id() + "/" + how, Map.of()).expect(200);
    for (String id : List.of(down, up)) {
      TestReply shown = story.get(id);
      assertThat(shown.text("status")).isEqualTo("failed");
      assertThat(shown.text("error")).startsWith("the device was ");
    }
    assertThat(story.put(down, 600, 1_000, bytes(400)).status()).isIn(401, 403);
    assertThat(story.fetch(up, "bytes=0-").status()).isIn(401, 403);
  }

  @Test
  @Tag("F050")
  void requesterWhoLosesTheRight_losesTheTransfer() {
    TestClient operator = muster.withRole("operator");
    String runs = story.download(operator);
    story.order(runs);
    story.put(runs, 0, 1_000, bytes(600)).expect(200);
    story.device.close();
    String waits = story.download(operator);
    story.device.connect();
    story.order(runs);
    story.order(waits);
    String key = "key_" + operator.token().split("_")[1];
    muster.admin().delete("/api/auth/keys/" + key).expect(204);
    for (String id : List.of(runs, waits)) {
      assertThat(story.awaitStatus(id, "cancelled").text("error"))
          .isEqualTo("the requester's right was withdrawn");
      assertThat(story.device.nextTransfer().method()).isEqualTo("transfer.cancel");
    }
    assertThat(story.put(runs, 600, 1_000, bytes(400)).status()).isEqualTo(409);
  }

  @Test
  @Tag("F050")
  void cancel_tellsTheDevice_andLeavesNothing() throws IOException {
    String id = story.download();
    story.order(id);
    story.put(id, 0, 1_000, bytes(600)).expect(200);
    TestReply gone = muster.admin().delete("/v1/transfers/" + id).expect(200);
    assertThat(gone.text("status")).isEqualTo("cancelled");
    var order = story.device.nextTransfer();
    assertThat(order.method()).isEqualTo("transfer.cancel");
    assertThat(order.id()).isEqualTo(id);
    assertThat(spool()).isEmpty();
    assertThat(story.device.http().get("/device/transfers/" + id).text("status"))
        .isEqualTo("cancelled");
    muster.admin().delete("/v1/transfers/" + id).expect(200);
  }

  @Test
  @Tag("F050")
  void otherDevices_learnNothing() {
    String down = story.download();
    story.order(down);
    String up = story.upload(bytes(10));
    story.order(up);
    try (FakeDevice other = muster.enroll("other").connect()) {
      String nothing = "xfr_0000000000000000";
      for (String id : List.of(down, up, nothing)) {
        List<TestReply> replies =
            List.of(
                other.http().get("/device/transfers/" + id),
                other.http().get("/device/transfers/" + id + "/content"),
                other
                    .http()
                    .sendBytes(
                        "PUT",
                        "/device/transfers/" + id + "/content?offset=0&size=1",
                        Optional.of(bytes(1)),
                        Map.of()),
                other.http().post("/device/transfers/" + id + "/end", Map.of("status", "failed")));
        assertThat(replies)
            .allSatisfy(reply -> {
              assertThat(reply.status()).isEqualTo(404);
              assertThat(reply.text("detail")).isEqualTo("transfer not found: \"" + id + "\"");
            });
      }
    }
    assertThat(story.get(down).text("status")).isEqualTo("running");
    assertThat(story.get(down).at("bytes_done").asLong()).isZero();
  }

  @Test
  @Tag("F050")
  void transferWhoseRequesterIsGone_isNotTaken_howeverTheDeviceComesForIt() {
    TestClient operator = muster.withRole("operator");
    story.device.close();
    String id = story.upload(operator, bytes(10), Map.of()).expect(201).text("id");
    String key = "key_" + operator.token().split("_")[1];
    muster.admin().delete("/api/auth/keys/" + key).expect(204);
    assertThat(story.fetch(id, "bytes=0-").status()).isEqualTo(409);
    assertThat(story.get(id).text("status")).isEqualTo("cancelled");
  }

  @Test
  @Tag("F050")
  void tooLarge_isRefused_bothWays() throws IOException {
    TestReply up = story.upload(muster.admin(), bytes(MIB + 1), Map.of());
    assertThat(up.status()).isEqualTo(413);
    assertThat(up.body()).contains("at most 1048576 bytes");
    String id = story.download();
    story.order(id);
    assertThat(story.put(id, 0, MIB + 1, bytes(10)).status()).isEqualTo(413);
    assertThat(story.get(id).text("status")).isEqualTo("failed");
    assertThat(spool()).isEmpty();
  }

  @Test
  @Tag("F050")
  void lengthThatIsNotSaid_isCountedAsItComes() throws IOException {
    try (RawConnection raw = RawConnection.to(muster)) {
      raw.send(
          "PUT /v1/devices/%s/files?path=/etc/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n"
              .formatted(story.device.id(), muster.adminKey()));
      String chunk = "80000\r\n" + "x".repeat(0x80000) + "\r\n";
      raw.send(chunk + chunk + "1\r\nx\r\n0\r\n\r\n");
      assertThat(raw.answer().status()).isEqualTo(413);
    }
    assertThat(spool()).isEmpty();
  }

  @Test
  @Tag("F050")
  void fullSpool_is507_andTakesAgainWhenThereIsRoom() {
    story.device.close();
    String first = story.upload(bytes(MIB));
    story.upload(bytes(MIB));
    TestReply full = story.upload(muster.admin(), bytes(1), Map.of());
    assertThat(full.status()).isEqualTo(507);
    assertThat(full.text("error")).isEqualTo("insufficient_storage");
    assertThat(full.text("detail")).contains("2 of 2 MiB");
    String asked = story.download();
    muster.admin().delete("/v1/transfers/" + first).expect(200);
    story.upload(bytes(10));
    assertThat(story.get(asked).text("status")).isEqualTo("queued");
  }

  @Test
  @Tag("F050")
  void interruptedUpload_leavesNothing() throws IOException {
    try (RawConnection raw = RawConnection.to(muster)) {
      raw.send(
          "PUT /v1/devices/%s/files?path=/etc/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 1000\r\n\r\nhalf"
              .formatted(story.device.id(), muster.adminKey()));
      Awaitility.await().until(() -> !spool().isEmpty());
    }
    Awaitility.await().until(() -> spool().isEmpty());
    assertThat(
            muster
                .admin()
                .get("/api/devices/" + story.device.id() + "/transfers")
                .at("total")
                .asInt())
        .isZero();
  }

  @Test
  @Tag("F050")
  void wrongDigest_isNoticed() throws IOException {
    TestReply wrong =
        story.upload(
            muster.admin(), bytes(10), Map.of("Repr-Digest", Checksum.of(bytes(11)).header()));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.text("detail")).contains("Repr-Digest");
    assertThat(spool()).isEmpty();
    story
        .upload(muster.admin(), bytes(10), Map.of("Repr-Digest", Checksum.of(bytes(10)).header()))
        .expect(201);
  }

  @Test
  @Tag("F050")
  void oddPaths_areRefused() {
    for (String path :
        List.of("", "etc/x", "/etc/../x", "/etc/./x", "/etc/", "/", "/" + "a".repeat(4096))) {
      TestReply reply =
          muster
              .admin()
              .sendBytes(
                  "PUT",
                  "/v1/devices/" + story.device.id() + "/files?path=" + path,
                  Optional.of(bytes(1)),
                  Map.of());
      assertThat(reply.status()).as(path).isEqualTo(400);
    }
  }

  /// The server looks once a minute, of real time.
  @Test
  @Tag("F050")
  void contentThatNobodyFetches_goesAfterItsTime() {
    String id = content();
    story.device.close();
    String never = story.upload(bytes(20));
    muster.clock().advance(Duration.ofHours(24));
    assertThat(story.awaitStatus(never, "failed").text("error")).startsWith("not done by ");
    Awaitility.await().atMost(Duration.ofSeconds(90)).until(() -> spool().isEmpty());
    requireNoContent(id);
  }

  @Test
  @Tag("F050")
  void contentWhoseTimePassed_whileTheServerWasDown_goesAsItStarts() throws IOException {
    String id = content();
    story.device.close();
    muster.stop();
    muster.clock().advance(Duration.ofHours(24));
    muster.startAgain();
    assertThat(spool()).isEmpty();
    requireNoContent(id);
  }

  /// A download that has come.
  private String content() {
    byte[] content = bytes(10);
    String id = story.download();
    story.order(id);
    story.put(id, 0, 10, content).expect(200);
    story.completed(id, content).expect(200);
    return id;
  }

  private void requireNoContent(String id) {
    assertThat(story.get(id).text("status")).isEqualTo("completed");
    TestReply late = muster.admin().get("/v1/transfers/" + id + "/content");
    assertThat(late.status()).isEqualTo(409);
    assertThat(late.text("detail")).contains("no content");
  }
}
