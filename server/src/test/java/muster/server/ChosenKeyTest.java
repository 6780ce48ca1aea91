package muster.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import muster.auth.Token;
import muster.fault.Fault;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChosenKeyTest {
  private static final String GOOD = "mk_abc_" + "s".repeat(45);

  @Test
  @DisplayName("F156: MUSTER_ADMIN_KEY is taken as it is, but for spaces around it")
  void goodKey_isTaken() {
    assertThat(Main.chosenKey(Map.of("MUSTER_ADMIN_KEY", " " + GOOD + "\n")))
        .map(Token::text)
        .contains(GOOD);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  "})
  void nothing_isNone(String text) {
    assertThat(Main.chosenKey(Map.of("MUSTER_ADMIN_KEY", text))).isEmpty();
    assertThat(Main.chosenKey(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2",
        "mk_abc_short",
        "sess_abc_sssssssssssssssssssssssssssssssssssssssssssss",
        "mk_abc_with a space in it, which no header can carry, alas",
        "mk_abc_ümlauts-are-not-for-headers-ssssssssssssssssssssss",
        "mk__sssssssssssssssssssssssssssssssssssssssssssssssss",
        "mk_a_b_sssssssssssssssssssssssssssssssssssssssssssssss",
        "Bearer mk_abc_sssssssssssssssssssssssssssssssssssssssss"
      })
  @DisplayName("F156: what is no key is refused, and not repeated")
  void badKey_isRefusedUnseen(String text) {
    assertThatThrownBy(() -> Main.chosenKey(Map.of("MUSTER_ADMIN_KEY", text)))
        .isInstanceOf(Fault.class)
        .hasMessageStartingWith("MUSTER_ADMIN_KEY: ")
        .hasMessageContaining("expected: mk_<id>_<secret>")
        .satisfies(problem -> assertThat(problem.getMessage()).doesNotContain(text));
  }
}
