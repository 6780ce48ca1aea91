package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Frames that the network cuts where it hurts.
class SplitFramesTest {
  private static final int FRAMES = 200;
  private static final int LENGTH = 0x00c8;

  /// A text frame of [#LENGTH] bytes, with a mask that changes nothing.
  private static byte[] frame(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) 0x81, (byte) (0x80 | 126), 0, (byte) LENGTH, 0, 0, 0, 0});
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(" ".repeat(LENGTH - text.length()).getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  /// In two pieces, of which the first ends between the two bytes of the length.
  private static void send(RawConnection connection, String text) {
    byte[] frame = frame(text);
    connection.send(Arrays.copyOfRange(frame, 0, 3));
    connection.send(Arrays.copyOfRange(frame, 3, frame.length));
  }

  @Test
  @DisplayName("a frame may be cut between the two bytes of its length")
  void frame_cutInItsLength_isTaken() {
    try (TestMuster muster = TestMuster.start();
        FakeDevice device = muster.enroll("cut");
        RawConnection connection = RawConnection.to(muster)) {
      connection.send(
          "GET /device/ws HTTP/1.1\r\nHost: m\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
              + "Authorization: Bearer %s\r\n\r\n".formatted(device.token()));
      assertThat(connection.head().status()).isEqualTo(101);
      send(
          connection,
          "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"device.hello\",\"params\":{\"protocol\":1}}");
      for (int i = 1; i <= FRAMES; i++) {
        send(
            connection,
            "{\"jsonrpc\":\"2.0\",\"method\":\"device.health\",\"params\":{\"uptime_seconds\":%d}}"
                .formatted(i));
      }
      await()
          .untilAsserted(() ->
              assertThat(
                      muster
                          .admin()
                          .get("/api/devices/" + device.id() + "/health")
                          .expect(200)
                          .at("uptime_seconds")
                          .asInt())
                  .isEqualTo(FRAMES));
    }
  }
}
