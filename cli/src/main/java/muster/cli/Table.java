package muster.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Rows under upper-case headers: aligned and cut to the terminal's width for people, tab-separated
/// and complete for programs.
final class Table {
  private static final int GAP = 2;

  /// Below this a column says nothing; a terminal too narrow for it wraps.
  private static final int NARROWEST = 6;

  private final String[] headers;
  private final List<Cell[]> rows = new ArrayList<>();
  private final Set<String> whole = new HashSet<>();

  Table(String... headers) {
    this.headers = headers;
  }

  /// The column under this header is never cut: half an id is of no use.
  Table keep(String header) {
    whole.add(header);
    return this;
  }

  Table row(Cell... cells) {
    if (cells.length != headers.length) {
      throw new IllegalArgumentException(
          cells.length + " cells (expected: " + headers.length + ")");
    }
    rows.add(cells);
    return this;
  }

  String tabSeparated() {
    StringBuilder text = new StringBuilder(String.join("\t", headers)).append('\n');
    for (Cell[] row : rows) {
      text.append(String.join("\t", Arrays.stream(row).map(Cell::full).toList())).append('\n');
    }
    return text.toString();
  }

  String aligned(int width, boolean colour) {
    int[] columns = columns(width);
    StringBuilder text = new StringBuilder();
    line(text, columns, Arrays.stream(headers).map(Cell::of).toArray(Cell[]::new), false);
    rows.forEach(row -> line(text, columns, row, colour));
    return text.toString();
  }

  private static void line(StringBuilder text, int[] columns, Cell[] cells, boolean colour) {
    int last = cells.length - 1;
    for (int i = 0; i <= last; i++) {
      String shown = Text.cut(cells[i].brief(), columns[i]);
      text.append(painted(shown, colour ? cells[i].colour() : 0));
      if (i < last) {
        text.repeat(' ', columns[i] - Text.width(shown) + GAP);
      }
    }
    text.append('\n');
  }

  static String painted(String text, int colour) {
    return colour == 0 ? text : "\u001b[" + colour + "m" + text + "\u001b[0m";
  }

  /// The widths the contents ask for, the widest taken down until the line fits.
  private int[] columns(int width) {
    int[] columns = Arrays.stream(headers).mapToInt(Text::width).toArray();
    for (Cell[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        columns[i] = Math.max(columns[i], Text.width(row[i].brief()));
      }
    }
    int excess = Arrays.stream(columns).sum() + GAP * (columns.length - 1) - width;
    for (; excess > 0; excess--) {
      int widest = -1;
      int most = NARROWEST;
      for (int i = 0; i < columns.length; i++) {
        if (columns[i] > most && !whole.contains(headers[i])) {
          widest = i;
          most = columns[i];
        }
      }
      if (widest < 0) {
        break;
      }
      columns[widest]--;
    }
    return columns;
  }
}
