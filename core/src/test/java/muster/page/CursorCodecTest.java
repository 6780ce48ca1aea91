package muster.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CursorCodecTest {
  private static final String QUERY = "devices\ntenant 1\nstatus:online\nname ASC";
  private static final Cursor CURSOR = new Cursor(Arrays.asList(null, 42L, -1.5, "ä😀\"", ""), 7L);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2024-05-01T12:00:00Z"));
  private final CursorCodec codec = codec(1);

  private CursorCodec codec(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return new CursorCodec(key, now::get, Duration.ofHours(24));
  }

  @Test
  void decode_ownToken_isTheCursor() {
    assertThat(codec.decode(codec.encode(CURSOR, QUERY), QUERY)).isEqualTo(CURSOR);
    Cursor byText = new Cursor(List.of(), "dev_1");
    assertThat(codec(1).decode(codec.encode(byText, QUERY), QUERY)).isEqualTo(byText);
  }

  @Test
  void encode_token_needsNoEscapingInAUrl() {
    assertThat(codec.encode(CURSOR, QUERY)).matches("[A-Za-z0-9_-]+");
  }

  @Test
  void decode_otherQueryOrKey_isRefused() {
    String token = codec.encode(CURSOR, QUERY);
    assertForeign(codec, token, QUERY + " ");
    assertForeign(codec, token, "");
    assertForeign(codec(2), token, QUERY);
  }

  @Test
  void decode_garbage_isRefused() {
    for (String token :
        List.of("", "x", "not base64!", "AAAA", "A".repeat(100), "A".repeat(1_000_000), "\0")) {
      assertForeign(codec, token, QUERY);
    }
  }

  @Test
  void decode_anyChangedByte_isRefused() {
    byte[] bytes = Base64.getUrlDecoder().decode(codec.encode(CURSOR, QUERY));
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= 1;
      assertForeign(codec, Base64.getUrlEncoder().encodeToString(changed), QUERY);
      assertForeign(codec, Base64.getUrlEncoder().encodeToString(Arrays.copyOf(bytes, i)), QUERY);
    }
  }

  @Test
  void decode_after24Hours_saysExpired() {
    String token = codec.encode(CURSOR, QUERY);
    now.set(Instant.parse("2024-05-02T11:59:59Z"));
    assertThat(codec.decode(token, QUERY)).isEqualTo(CURSOR);
    now.set(Instant.parse("2024-05-02T12:00:00Z"));
    assertThatThrownBy(() -> codec.decode(token, QUERY))
        .isInstanceOf(PageTokenException.class)
        .hasMessage("expired at 2024-05-02T12:00:00Z (expected: one not older than 24 h)");
  }

  @Test
  void values_outOfRange_areRefused() {
    assertThatThrownBy(() -> new CursorCodec(new byte[31], now::get, Duration.ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Cursor(List.of(1), 1L))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> PageRequest.first(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(PageRequest.ALL.size()).isPositive();
  }

  private static void assertForeign(CursorCodec codec, String token, String query) {
    assertThatThrownBy(() -> codec.decode(token, query))
        .isInstanceOf(PageTokenException.class)
        .hasMessage("not understood (expected: a token of this query)");
  }
}
