package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EscapeTest {
  private final Escape escape = new Escape();

  private String type(String keys) {
    byte[] bytes = keys.getBytes(UTF_8);
    return new String(escape.filter(bytes, bytes.length), UTF_8);
  }

  @Test
  void tildeDot_atTheBeginningOfALine_leaves() {
    assertThat(type("ls\r~.rm -rf /\r")).isEqualTo("ls\r");
    assertThat(escape.hasLeft()).isTrue();
    assertThat(type("more")).isEmpty();
  }

  @Test
  void tildeDot_keyByKey_leaves() {
    assertThat(type("~")).isEmpty();
    assertThat(type(".")).isEmpty();
    assertThat(escape.hasLeft()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"a~.,a~.", "~~.,~.", "~a,~a", "cd ~/x,cd ~/x", "grüße~.,grüße~."})
  void otherTildes_areSent(String typed, String sent) {
    assertThat(type(typed)).isEqualTo(sent);
    assertThat(escape.hasLeft()).isFalse();
  }

  @Test
  void tildeThenReturn_isALineOfItsOwn() {
    assertThat(type("~\r~.")).isEqualTo("~\r");
    assertThat(escape.hasLeft()).isTrue();
  }
}
