package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class SseTest {
  private static Sse sse(String text) {
    return new Sse(new ByteArrayInputStream(text.getBytes(UTF_8)), Duration.ofMinutes(1));
  }

  @Test
  void next_readsFields() throws IOException {
    try (Sse events =
        sse(
            ": hello\n\nid: 7\r\nevent:output\r\nretry: 5\r\ndata: a\r\ndata:  b\r\n\r\ndata: x\n\n")) {
      assertThat(events.next()).contains(new Sse.Event("7", "output", "a\n b"));
      assertThat(events.next()).contains(new Sse.Event("", "message", "x"));
      assertThat(events.next()).isEmpty();
    }
  }

  @Test
  void next_cutEvent_isNone() throws IOException {
    try (Sse events = sse("event: output\ndata: half")) {
      assertThat(events.next()).isEqualTo(Optional.empty());
    }
  }

  @Test
  @Timeout(10)
  void next_silence_endsTheStream() throws IOException {
    CountDownLatch closed = new CountDownLatch(1);
    InputStream dead =
        new InputStream() {
          @Override
          public int read() throws IOException {
            return read(new byte[1], 0, 1);
          }

          @Override
          public int read(byte[] to, int offset, int length) throws IOException {
            try {
              closed.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw new IOException("closed");
          }

          @Override
          public void close() {
            closed.countDown();
          }
        };
    try (Sse events = new Sse(dead, Duration.ofMillis(20))) {
      assertThatThrownBy(events::next).hasMessage("closed");
    }
  }
}
