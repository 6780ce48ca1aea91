package muster.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Text, times and tables.
final class TextTest {
  private static final Instant NOW = Instant.parse("2026-04-15T14:33:00Z");

  @Test
  void visible_keepsWhatPeopleWrite() {
    String text = "Zürich 東京 🛰️ 👩‍🔧 \\n";

    assertThat(Text.visible(text)).isEqualTo(text);
  }

  @Test
  void visible_writesOutEveryControl() {
    for (int c = 0; c < 0xA0; c++) {
      boolean control = c < 0x20 || c >= 0x7f;
      assertThat(Text.visible(Character.toString(c)).length() > 1).isEqualTo(control);
    }
    assertThat(Text.visible("\u2028\u202e\u2066\ufeff\ud800x"))
        .isEqualTo("\\u2028\\u202e\\u2066\\ufeff\\ud800x");
    assertThat(Text.visible(Character.toString(0xE0041))).isEqualTo("\\udb40\\udc41");
  }

  @ParameterizedTest
  @CsvSource({"abc, 3", "東京, 4", "e\u0301, 1", "🛰, 2"})
  void width_countsColumns(String text, int columns) {
    assertThat(Text.width(text)).isEqualTo(columns);
  }

  @ParameterizedTest
  @CsvSource({"abcdef, 6, abcdef", "abcdef, 5, abcd…", "東京都, 5, 東京…", "東京都, 4, 東…"})
  void cut_neverTakesMore(String text, int columns, String cut) {
    assertThat(Text.cut(text, columns)).isEqualTo(cut);
  }

  @ParameterizedTest
  @CsvSource({"90, 90", "90s, 90", "5m, 300", "1h, 3600", "30d, 2592000", "2w, 1209600"})
  void duration_hasUnits(String text, long seconds) {
    assertThat(Times.duration("--x", text)).isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({"''", "-1", "1y", "1h30m", "9999999999", "١"})
  void duration_refusesTheRest(String text) {
    assertThatThrownBy(() -> Times.duration("--x", text))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("--x: " + text);
  }

  @Test
  void since_takesBothForms() {
    assertThat(Times.since("--since", "1h", NOW)).isEqualTo("2026-04-15T13:33:00Z");
    assertThat(Times.since("--since", "2026-04-15T16:00:00+02:00", NOW))
        .isEqualTo("2026-04-15T14:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({
    "2026-04-15T14:32:59Z, now",
    "2026-04-15T14:32:15Z, 45s ago",
    "2026-04-15T14:30:00Z, 3m ago",
    "2026-04-15T09:33:00Z, 5h ago",
    "2026-04-03T14:33:00Z, 12d ago",
    "2026-01-02T14:33:00Z, 2026-01-02",
    "2026-04-15T15:02:30Z, in 29m",
    "whenever, whenever",
  })
  void relative_isTheLargestUnit(String iso, String text) {
    assertThat(Times.relative(iso, NOW)).isEqualTo(text);
  }

  @Test
  void table_tooNarrow_keepsEveryColumn() {
    Table table = new Table("A", "B").row(Cell.of("long text here"), Cell.of("another long text"));

    assertThat(table.aligned(1, false)).isEqualTo("A       B\nlong …  anoth…\n");
  }

  @Test
  void table_keptColumn_isNeverCut() {
    Table table =
        new Table("A", "ID").keep("ID").row(Cell.of("long text here"), Cell.of("dev_0123456789"));

    assertThat(table.aligned(24, false)).isEqualTo("A         ID\nlong te…  dev_0123456789\n");
    assertThat(table.aligned(10, false)).isEqualTo("A       ID\nlong …  dev_0123456789\n");
  }
}
