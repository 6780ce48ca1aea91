package muster.it.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Random;
import muster.blob.Checksum;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;

/// What people and devices do in these tests, in a word each.
final class Story {
  private static final Map<String, String> BYTES =
      Map.of("Content-Type", "application/octet-stream");

  private final TestMuster muster;
  final FakeDevice device;

  Story(TestMuster muster) {
    this.muster = muster;
    this.device = muster.enroll("web-1");
  }

  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  static String checksum(byte[] bytes) {
    return Checksum.of(bytes).text();
  }

  TestReply upload(TestClient who, byte[] content, Map<String, String> headers) {
    return who.sendBytes(
        "PUT",
        "/v1/devices/" + device.id() + "/files?path=/etc/motd&mode=0640",
        Optional.of(content),
        headers.isEmpty() ? BYTES : headers);
  }

  String upload(byte[] content) {
    return upload(muster.admin(), content, Map.of()).expect(201).text("id");
  }

  String download(TestClient who) {
    return who.post(
            "/v1/devices/" + device.id() + "/transfers",
            Map.of("direction", "download", "path", "/var/log/sys log"))
        .expect(201)
        .text("id");
  }

  String download() {
    return download(muster.admin());
  }

  TestReply get(String id) {
    return muster.admin().get("/v1/transfers/" + id).expect(200);
  }

  TestReply awaitStatus(String id, String status) {
    return Awaitility.await().until(() -> get(id), shown -> shown.text("status").equals(status));
  }

  TestReply put(String id, long offset, long size, byte[] piece) {
    return device
        .http()
        .sendBytes(
            "PUT",
            "/device/transfers/%s/content?offset=%d&size=%d".formatted(id, offset, size),
            Optional.of(piece),
            Map.of("Content-Digest", Checksum.of(piece).header()));
  }

  TestReply fetch(String id, String range) {
    return device
        .http()
        .send(
            "GET",
            "/device/transfers/" + id + "/content",
            Optional.empty(),
            Map.of("Range", range));
  }

  TestReply completed(String id, byte[] content) {
    return end(
        id, Map.of("status", "completed", "size", content.length, "checksum", checksum(content)));
  }

  TestReply end(String id, Map<String, ?> how) {
    return device.http().post("/device/transfers/" + id + "/end", how);
  }

  /// The order that has come, which must be about that transfer.
  FakeDevice.TransferOrder order(String id) {
    FakeDevice.TransferOrder order = device.nextTransfer();
    assertThat(order.id()).isEqualTo(id);
    return order;
  }
}
