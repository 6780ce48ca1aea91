package muster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class JsonObjectTest {
  private final JsonObject json =
      Json.parseObject(
          "{\"s\":\"x\",\"n\":7,\"d\":2.5,\"whole\":2.0,\"t\":true,\"z\":null,"
              + "\"o\":{\"k\":1},\"l\":[\"a\",\"b\"],\"state\":\"running\"}");

  @Test
  void reads_rightKinds() {
    assertThat(json.string("s")).isEqualTo("x");
    assertThat(json.integer("n")).isEqualTo(7);
    assertThat(json.integer("whole")).isEqualTo(2);
    assertThat(json.optNumber("d")).hasValue(2.5);
    assertThat(json.optNumber("n")).hasValue(7);
    assertThat(json.flag("t")).isTrue();
    assertThat(json.object("o").integer("k")).isEqualTo(1);
    assertThat(json.strings("l")).containsExactly("a", "b");
    assertThat(json.oneOf("state", ExecutionState.class)).isEqualTo(ExecutionState.RUNNING);
  }

  @Test
  void reads_missingAndNull_areAbsent() {
    for (String field : List.of("z", "none")) {
      assertThat(json.has(field)).isFalse();
      assertThat(json.optString(field)).isEmpty();
      assertThat(json.optInteger(field)).isEmpty();
      assertThat(json.optNumber(field)).isEmpty();
      assertThat(json.optObject(field)).isEmpty();
      assertThat(json.flag(field)).isFalse();
      assertThat(json.strings(field)).isEmpty();
    }
  }

  @Test
  void reads_wrongKind_namesFieldValueAndExpectation() {
    assertThatThrownBy(() -> json.integer("s")).hasMessage("s: \"x\" (expected: an integer)");
    assertThatThrownBy(() -> json.integer("d")).hasMessage("d: 2.5 (expected: an integer)");
    assertThatThrownBy(() -> json.string("n")).hasMessage("n: 7 (expected: a string)");
    assertThatThrownBy(() -> json.string("none")).hasMessage("none: missing (expected: a string)");
    assertThatThrownBy(() -> json.strings("o"))
        .hasMessage("o: an object (expected: a list of strings)");
    assertThatThrownBy(() -> json.numbers("l"))
        .hasMessage("l: \"a\" (expected: a list of numbers)");
    assertThatThrownBy(() -> json.oneOf("s", ExecutionState.class))
        .hasMessage("s: \"x\" (expected: one of running, finished)");
  }

  @Test
  void reads_longHostileValue_isCutAndEscaped() {
    JsonObject hostile = JsonObject.builder().put("a", "\u001b[2J" + "x".repeat(500)).build();

    assertThatThrownBy(() -> hostile.integer("a"))
        .hasMessageStartingWith("a: \"\\u001b[2Jxxx")
        .hasMessageEndingWith("x…\" (expected: an integer)");
  }

  @Test
  void builder_absentOptionals_leftOut() {
    JsonObject built =
        JsonObject.builder()
            .put("a", Optional.empty())
            .put("b", OptionalLong.empty())
            .put("c", OptionalDouble.empty())
            .put("d", Optional.of("x"))
            .putNull("e")
            .put("f", List.of(JsonObject.builder().put("g", 1).build()))
            .put("h", ToolStatus.TIMED_OUT)
            .build();

    assertThat(built).hasToString("{\"d\":\"x\",\"e\":null,\"f\":[{\"g\":1}],\"h\":\"timed_out\"}");
    assertThat(built).isEqualTo(Json.parseObject(built.toString()));
  }
}
