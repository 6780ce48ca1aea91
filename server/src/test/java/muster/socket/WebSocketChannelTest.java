package muster.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WebSocketChannelTest {
  @Test
  void reason_fitsACloseFrame_cutBetweenCharacters() {
    assertThat(WebSocketChannel.shown("stopped by key:ci")).isEqualTo("stopped by key:ci");
    assertThat(WebSocketChannel.shown("x".repeat(200))).isEqualTo("x".repeat(123));
    assertThat(WebSocketChannel.shown("ж".repeat(64))).isEqualTo("ж".repeat(61));
    assertThat(WebSocketChannel.shown("🦊".repeat(64)).getBytes(UTF_8)).hasSize(120);
    assertThat(WebSocketChannel.shown("")).isEmpty();
  }
}
