package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.RawConnection;
import muster.testkit.TestMuster;
import muster.wire.CloseCode;
import muster.wire.ToolStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Devices that send more than they should.
class WebSocketFloodsTest {
  private static final int FIN = 0x80;
  private static final int TEXT = 1;
  private static final int CONTINUATION = 0;
  private static final int PING = 9;

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start(config -> config.withLimits(Limits.defaults()));
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// Sends through `flood` until the server closes, and checks the code it gives.
  private static void floods(String name, Consumer<FakeDevice> flood, int code) {
    FakeDevice device = muster.enroll(name).connect();
    for (int i = 0; i < 3_000 && device.isOpen(); i++) {
      flood.accept(device);
    }
    assertThat(device.awaitClose().code()).isEqualTo(code);
    muster.admin().get("/v1/devices").expect(200);
  }

  @Test
  @DisplayName("too many frames end the connection with 4429")
  void tooManyFrames_areEndedWith4429() {
    floods("beats", device -> device.health(1.0, 2.0), CloseCode.RATE);
    floods(
        "unknown",
        device -> device.send("{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{}}"),
        CloseCode.RATE);
  }

  @Test
  @DisplayName("output may come as fast as it likes: it is held back, and all of it arrives")
  void muchOutput_isHeldBackAndKept() {
    try (FakeDevice device = muster.enroll("chatty").connect()) {
      String command =
          muster
              .admin()
              .post(
                  "/v1/devices/" + device.id() + "/commands",
                  Map.of("tool", "bash", "args", Map.of("command", "yes")))
              .expect(201)
              .text("id");
      FakeDevice.Delivery delivery = device.nextExecute();
      device.started(delivery);
      for (int seq = 1; seq <= 3_000; seq++) {
        device.output(delivery.executionId(), seq, "y\n");
      }
      device.result(delivery.executionId(), ToolStatus.COMPLETED, 0);
      assertThat(
              muster
                  .admin()
                  .get("/v1/commands/" + command + "/output?follow=false")
                  .expect(200)
                  .body())
          .contains("id: 3000\n");
      assertThat(device.isOpen()).isTrue();
    }
  }

  private static byte[] frame(int first, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else {
      out.write(0x80 | 126);
      out.write(payload.length >> 8);
      out.write(payload.length);
    }
    out.writeBytes(new byte[4]); // a mask that changes nothing
    out.writeBytes(payload);
    return out.toByteArray();
  }

  private static RawConnection upgraded(String token, String... headers) {
    RawConnection connection = RawConnection.to(muster);
    connection.send(
        "GET /device/ws HTTP/1.1\r\nHost: m\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            + "Authorization: Bearer %s\r\n".formatted(token)
            + String.join("", headers)
            + "\r\n");
    return connection;
  }

  /// Sends until the server cuts the connection.
  private static void isCut(RawConnection connection, byte[] frame) {
    assertThat(connection.head().status()).isEqualTo(101);
    if ((frame[0] & 0xf) == CONTINUATION) {
      connection.send(frame(TEXT, new byte[0]));
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> {
          try {
            for (int i = 0; i < 100; i++) {
              connection.send(frame);
            }
            return false;
          } catch (UncheckedIOException e) {
            return true;
          }
        });
  }

  @Test
  @DisplayName("a flood of pings is cut off")
  void pings_areCutOff() {
    try (RawConnection socket = upgraded(muster.enroll("pings").token())) {
      isCut(socket, frame(FIN | PING, new byte[0]));
    }
    muster.admin().get("/v1/devices").expect(200);
  }

  @Test
  @DisplayName("a message in endless parts is cut off when it is too large")
  void endlessMessage_isCutOff() {
    byte[] part = "a".repeat(1024).getBytes(StandardCharsets.US_ASCII);
    try (RawConnection socket = upgraded(muster.enroll("parts").token())) {
      isCut(socket, frame(CONTINUATION, part));
    }
  }

  @Test
  @DisplayName("empty parts of a message without end are cut off")
  void emptyParts_areCutOff() {
    try (RawConnection socket = upgraded(muster.enroll("empty parts").token())) {
      isCut(socket, frame(CONTINUATION, new byte[0]));
    }
  }

  @Test
  @DisplayName("a message in parts is put together, also where a part ends within a character")
  void messageInParts_isPutTogether() {
    byte[] hello =
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"device.hello\",\"params\":{\"protocol\":1,"
                + "\"hostname\":\"Zürich\",\"capabilities\":[],\"executions\":[]}}")
            .getBytes(StandardCharsets.UTF_8);
    FakeDevice device = muster.enroll("in parts");
    try (RawConnection socket = upgraded(device.token())) {
      assertThat(socket.head().status()).isEqualTo(101);
      for (int i = 0; i < hello.length; i++) {
        int last = i == hello.length - 1 ? FIN : 0;
        socket.send(frame(last | (i == 0 ? TEXT : CONTINUATION), new byte[] {hello[i]}));
      }
      await()
          .untilAsserted(() ->
              assertThat(muster.admin().get("/v1/devices/" + device.id()).text("hostname"))
                  .isEqualTo("Zürich"));
    }
  }

  @Test
  @DisplayName("compression is not negotiated, so there is nothing to unpack")
  void compression_isNotNegotiated() {
    String asked = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    try (RawConnection socket = upgraded(muster.enroll("packed").token(), asked)) {
      RawConnection.Answer answer = socket.head();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.header("sec-websocket-extensions")).isEmpty();
      assertThat(answer.header("x-ratelimit-limit")).contains("10");
      socket.send(frame(FIN | 0x40 | TEXT, new byte[] {1, 2, 3}));
      assertThat(socket.answer().text()).as("a close frame, 1002").contains("\u0003");
    }
  }
}
