package muster.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.JsonFormat;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import muster.connect.test.v1.Ask;
import muster.connect.test.v1.Mood;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonInputTest {

  private static final String RICH =
      "{\"name\":\"a\",\"pageSize\":3,\"mood\":\"MOOD_CALM\",\"updateMask\":\"name,pageSize\","
          + "\"tags\":[\"x\"],\"payload\":\"AAE=\",\"large\":\"18446744073709551615\","
          + "\"inners\":[{\"mood\":2}],\"moods\":{\"k\":\"MOOD_CALM\"},\"loud\":true}";

  private static Ask ask(String json) {
    var codec = new Codec.Json(JsonFormat.TypeRegistry.getEmptyTypeRegistry());
    return (Ask) codec.decode(json.getBytes(StandardCharsets.UTF_8), Ask.getDefaultInstance());
  }

  @Test
  void canonicalJson_isReadAsProtobufReadsIt() throws Exception {
    var expected = Ask.newBuilder();
    JsonFormat.parser().merge(RICH, expected);
    assertThat(ask(RICH)).isEqualTo(expected.build());
  }

  @Test
  void fieldMaskAsObject_keepsItsPathsAtEveryDepth() {
    var read =
        ask(
            "{\"update_mask\":{\"paths\":[\"name\",\"metadata.Location_x\"]},"
                + "\"inners\":[{},{\"mask\":{\"paths\":[\"b\"]}}],\"inner\":{\"mask\":{\"paths\":[\"c\"]}}}");
    assertThat(read.getUpdateMask().getPathsList()).containsExactly("name", "metadata.Location_x");
    assertThat(read.getInners(1).getMask().getPathsList()).containsExactly("b");
    assertThat(read.getInner().getMask().getPathsList()).containsExactly("c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"WIDE_AWAKE", "wide_awake", "MOOD_WIDE_AWAKE", "mood_wide_awake", "2"})
  void enumWord_isReadInAnyCaseWithAndWithoutItsPrefix(String word) {
    var read =
        ask(
            "{\"mood\":\""
                + word
                + "\",\"moods\":{\"k\":\""
                + word
                + "\"},\"inners\":[{\"mood\":\""
                + word
                + "\"}]}");
    assertThat(read.getMood()).isEqualTo(Mood.MOOD_WIDE_AWAKE);
    assertThat(read.getMoodsOrThrow("k")).isEqualTo(Mood.MOOD_WIDE_AWAKE);
    assertThat(read.getInners(0).getMood()).isEqualTo(Mood.MOOD_WIDE_AWAKE);
  }

  @Test
  void unknownEnumWord_isRefusedByTheNameOfItsField() {
    assertThatThrownBy(() -> ask("{\"inners\":[{\"mood\":\"sleepy\"}]}"))
        .hasMessageContaining("inners[0].mood")
        .hasMessageContaining("sleepy");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"large\":1e999999999}",
        "{\"large\":\"1e999999999\"}",
        "{\"page_size\":\"1E+99999999\"}",
        "{\"update_mask\":{\"paths\":3}}",
        "{\"tags\":{}}",
        "[]",
        "1",
        "{",
        "{}{}"
      })
  void wrongShapeOrSize_isInvalidArgumentAtOnce(String json) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () ->
            assertThatThrownBy(() -> ask(json))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("INVALID_ARGUMENT"));
  }

  @Test
  void randomChanges_neverCrashTheReader() {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    var random = new Random(seed);
    var alphabet = "{}[]\",:0123456789eE+-.tfnulMOD_\\u\u0000é";
    for (int i = 0; i < 20_000; i++) {
      var json = new StringBuilder(RICH);
      for (int n = random.nextInt(1, 6); n > 0; n--) {
        int at = random.nextInt(json.length());
        switch (random.nextInt(3)) {
          case 0 -> json.deleteCharAt(at);
          case 1 -> json.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
          default -> json.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
        }
      }
      try {
        ask(json.toString());
      } catch (StatusRuntimeException e) {
        assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + json, e);
      }
    }
  }
}
