package muster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void parse_everyKind_asDocumented() {
    Object value = Json.parse(" {\"a\":[1,-0.5,1e3,true,false,null,\"\\u00e9\\n\"],\"b\":{}}\n");

    assertThat(value)
        .isEqualTo(
            Map.of("a", Arrays.asList(1L, -0.5, 1000.0, true, false, null, "é\n"), "b", Map.of()));
  }

  @Test
  void parse_repeatedKey_lastWins() {
    assertThat(Json.parse("{\"a\":1,\"a\":2}")).isEqualTo(Map.of("a", 2L));
  }

  @Test
  void parse_integerBeyondLong_isDouble() {
    assertThat(Json.parse("9223372036854775808")).isEqualTo(9.223372036854775808e18);
    assertThat(Json.parse("-9223372036854775808")).isEqualTo(Long.MIN_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "1e999",
        "tru",
        "truex",
        "nul",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u٠٠٠٠\"",
        "\"\t\"",
        "\"a\u0000\"",
        "1 2",
        "{} {}",
        "//",
        "[1]]",
        "\u00a01",
        "\ufeff1"
      })
  void parse_notJson_refused(String text) {
    assertThatExceptionOfType(JsonException.class).isThrownBy(() -> Json.parse(text));
  }

  @Test
  void parse_error_namesOffset() {
    assertThatThrownBy(() -> Json.parse("{\"a\":1 \u001b}"))
        .hasMessage("offset 7: found \"\\u001b\", expected ',' or '}'");
  }

  @Test
  void parse_depth_isLimited() {
    int max = Json.MAX_DEPTH;
    String deepest = "[".repeat(max) + "]".repeat(max);
    assertThat(Json.write(Json.parse(deepest))).isEqualTo(deepest);
    assertThatThrownBy(() -> Json.parse("[".repeat(max + 1) + "]".repeat(max + 1)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("nested deeper");
    assertThatExceptionOfType(JsonException.class)
        .isThrownBy(() -> Json.parse("[".repeat(1_000_000)));
  }

  @Test
  void write_unsafeCharacters_escaped() {
    assertThat(Json.write("\u0000\u001b\u007f\u009b\u2028\u2029\ud800x\"\\/é😀"))
        .isEqualTo("\"\\u0000\\u001b\\u007f\\u009b\\u2028\\u2029\\ud800x\\\"\\\\/é😀\"");
  }

  @Test
  void write_notJson_refused() {
    for (Object value : List.of(Double.NaN, Double.NEGATIVE_INFINITY, new StringBuilder("x"))) {
      assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> Json.write(value));
    }
  }

  @Test
  void roundTrip_randomValues_survive() {
    for (long seed = 0; seed < 5_000; seed++) {
      Object value = new RandomJson(seed).value(4);
      byte[] wire = Json.write(value).getBytes(StandardCharsets.UTF_8);

      assertThat(Json.parse(new String(wire, StandardCharsets.UTF_8)))
          .as("seed %s", seed)
          .isEqualTo(value);
    }
  }

  @Test
  void parse_mutatedBytes_throwsNothingButJsonException() {
    int refused = 0;
    for (long seed = 0; seed < 5_000; seed++) {
      byte[] wire = Json.write(new RandomJson(seed).map(4)).getBytes(StandardCharsets.UTF_8);
      String mutated = mutate(wire, new Random(seed));
      try {
        Json.parseObject(mutated);
      } catch (JsonException expected) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + Json.write(mutated), e);
      }
    }
    assertThat(refused).isPositive();
  }

  static String mutate(byte[] wire, Random random) {
    byte[] bytes = wire.clone();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
