package muster.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import muster.fault.Fault;
import org.junit.jupiter.api.Test;

class NamesTest {
  private static final List<String> NOT_PLAIN =
      List.of("a\u0000b", "a\nb", "a\u001b[31mb", "a\u202eb", "a\u200bb", "a\u2028b", "a\ud800b");

  @Test
  void name_inBounds_isTrimmedAndKept() {
    assertThat(Names.name("name", "  web-1 ")).isEqualTo("web-1");
    assertThat(Names.name("name", "😀".repeat(128))).hasSize(256);
    assertThat(Names.name("name", "<b>ä ß</b>")).isEqualTo("<b>ä ß</b>");
  }

  @Test
  void name_outOfBounds_isRefused() {
    for (String bad : List.of("", "   ", "x".repeat(129), "😀".repeat(129))) {
      assertThatExceptionOfType(Fault.class).isThrownBy(() -> Names.name("name", bad));
    }
    for (String bad : NOT_PLAIN) {
      assertThatExceptionOfType(Fault.class)
          .isThrownBy(() -> Names.name("suggested_name", bad))
          .withMessageStartingWith("suggested_name: \"a\\u");
    }
  }

  @Test
  void tags_areSortedAndEachOnce() {
    assertThat(Names.tags("tags", List.of("b", " a", "b"))).containsExactly("a", "b");
    assertThat(Names.tags("tags", Collections.nCopies(1000, "same"))).containsExactly("same");
  }

  @Test
  void tags_outOfBounds_nameTheirPlace() {
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Names.tags("tags", List.of("a", "x".repeat(65))))
        .withMessageStartingWith("tags[1]: ");
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Names.tags("tags", List.of(" ")))
        .withMessageStartingWith("tags[0]: ");
    List<String> many = IntStream.range(0, 65).mapToObj(i -> "t" + i).toList();
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> Names.tags("tags", many))
        .withMessage("tags: \"65 tags\" (expected: at most 64 tags)");
    assertThat(Names.tags("tags", many.subList(0, 64))).hasSize(64);
  }

  @Test
  void reported_hostileText_isMadeHarmless() {
    for (String hostile : NOT_PLAIN) {
      assertThat(Names.reported(hostile, 255)).startsWith("a").endsWith("b").hasSizeLessThan(7);
    }
    assertThat(Names.reported("\u0000\n", 255)).isEmpty();
    assertThat(Names.reported("😀😀😀", 2)).isEqualTo("😀😀");
  }
}
