package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import muster.http.Limits;
import muster.it.page.EventStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.wire.ToolOutput;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Somebody follows a command's output and reads none of it.
class StandingReaderTest {
  private static final int CHUNKS = 1_000;
  private static final long SENT = (long) CHUNKS * ToolOutput.MAX_BYTES;
  private static final Limits TWO_STREAMS = new Limits(0, 0, 0, 0, 0, 2, 0, 0, 0);

  @Test
  @DisplayName("a reader that stands still is cut off, nothing piles up for it, others read on")
  void standingReader_isCut_andHoldsUpNobody() throws IOException {
    try (TestMuster muster = TestMuster.start(config -> config.withLimits(TWO_STREAMS));
        FakeDevice device = muster.enroll("talker").connect()) {
      Scenario story = new Scenario(muster);
      String id = story.submit(device);
      story.run(device, id);
      String path = "/v1/commands/" + id + "/output";
      String rest = path + "?follow=false&from_seq=" + CHUNKS;
      try (Socket still = standing(muster, path);
          EventStream quick = EventStream.follow(muster, id)) {
        await().until(() -> muster.admin().get(rest).status() == 503);
        String full = "x".repeat(ToolOutput.MAX_BYTES);
        for (long seq = 1; seq <= CHUNKS; seq++) {
          device.output(id, seq, full);
        }
        for (long seq = 1; seq <= CHUNKS; seq++) {
          assertThat(quick.nextOutput()).isEqualTo(seq);
        }

        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> muster.admin().get(rest).status() == 200);

        // What the buffers of both ends held.
        assertThat(left(still)).isPositive().isLessThan(SENT / 2);
      }
    }
  }

  private static Socket standing(TestMuster muster, String path) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(32 * 1024);
    socket.setSoTimeout(10_000);
    socket.connect(new InetSocketAddress("127.0.0.1", muster.port()));
    String request =
        "GET %s HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\n\r\n"
            .formatted(path, muster.adminKey());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /// How much comes until the connection has ended.
  private static long left(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] piece = new byte[64 * 1024];
    long all = 0;
    try {
      for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
        all += count;
      }
    } catch (SocketException e) {
      // Reset.
    }
    return all;
  }
}
