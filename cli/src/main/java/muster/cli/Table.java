package muster.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows under upper-case headers: aligned and cut to the terminal's width for people, tab-separated
/// and complete for programs.
final class Table {
  private static final int GAP = 2;

  /// Below this a column says nothing; a terminal too narrow for it wraps.
  private static final int NARROWEST = 6;

  private final String[] headers;
  private final List<Cell[]> rows = new ArrayList<>();

  Table(String... headers) {
    this.headers = headers;
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
    while (excess > 0) {
      int widest = 0;
      for (int i = 1; i < columns.length; i++) {
        widest = columns[i] > columns[widest] ? i : widest;
      }
      if (columns[widest] <= NARROWEST) {
        break;
      }
      columns[widest]--;
      excess--;
    }
    return columns;
  }
}
