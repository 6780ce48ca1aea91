package muster.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {

  private static final int LIMIT = 4000;

  private final long seed = Long.getLong("muster.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void messages_comeOutAsTheyWentInHoweverTheyAreCut() {
    for (int round = 0; round < 300; round++) {
      var sent = new ArrayList<byte[]>();
      var body = new ByteArrayOutputStream();
      boolean text = random.nextBoolean();
      for (int i = random.nextInt(5); i > 0; i--) {
        var message = new byte[random.nextInt(LIMIT)];
        random.nextBytes(message);
        sent.add(message);
        boolean zip = random.nextBoolean();
        var framed =
            Frames.envelope(zip ? 1 : 0, zip ? Compression.GZIP.compress(message) : message);
        body.writeBytes(text ? Base64.getEncoder().encode(framed) : framed);
      }
      var got = read(new Frames.Enveloped(Compression.GZIP, LIMIT, text), body.toByteArray());
      assertThat(got).as("seed %d", seed).usingElementComparator(Arrays::compare).isEqualTo(sent);
    }
  }

  @Test
  void randomBytes_neverCrashTheReader() {
    for (int round = 0; round < 20_000; round++) {
      var body = new byte[random.nextInt(64)];
      random.nextBytes(body);
      if (body.length > 4 && random.nextBoolean()) {
        Arrays.fill(body, 0, 4, (byte) 0);
      }
      try {
        read(new Frames.Enveloped(Compression.GZIP, LIMIT, random.nextBoolean()), body);
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getDescription()).isNotBlank();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private List<byte[]> read(Frames frames, byte[] body) {
    var got = new ArrayList<byte[]>();
    for (int at = 0; at < body.length; ) {
      int n = Math.min(body.length - at, 1 + random.nextInt(700));
      frames.feed(Arrays.copyOfRange(body, at, at + n));
      at += n;
      for (var message = frames.next(); message != null; message = frames.next()) {
        got.add(message);
      }
    }
    frames.end();
    assertThat(frames.next()).isNull();
    return got;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "S", "1", "123456789S", "-1S", "1x", "1 S", "٣S"})
  void grpcTimeout_thatIsNone_isRefused(String value) {
    assertThatThrownBy(() -> Timeouts.grpc(value)).hasMessageContaining("grpc-timeout");
  }

  @Test
  void timeouts_areReadInTheirUnits() {
    assertThat(Timeouts.grpc("99999999H")).isEqualTo(Duration.ofHours(99_999_999));
    assertThat(Timeouts.grpc("5m")).isEqualTo(Duration.ofMillis(5));
    assertThat(Timeouts.grpc("7u")).isEqualTo(Duration.ofNanos(7000));
    assertThat(Timeouts.connect("9999999999")).isEqualTo(Duration.ofMillis(9_999_999_999L));
  }
}
