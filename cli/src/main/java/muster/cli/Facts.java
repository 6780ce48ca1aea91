package muster.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What there is to say about one thing: a label and a value on each line.
final class Facts {
  private final Map<String, Cell> facts = new LinkedHashMap<>();

  Facts add(String label, Cell value) {
    facts.put(label, value);
    return this;
  }

  /// Labels as keys: `Last seen` becomes `last_seen`.
  String tabSeparated() {
    StringBuilder text = new StringBuilder();
    facts.forEach((label, cell) ->
        text.append(label.toLowerCase(Locale.ROOT).replace(' ', '_'))
            .append('\t')
            .append(cell.full())
            .append('\n'));
    return text.toString();
  }

  String aligned(boolean colour) {
    int labels = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder text = new StringBuilder();
    facts.forEach((label, cell) ->
        text.append(Text.pad(label, labels + 2))
            .append(Table.painted(cell.brief(), colour ? cell.colour() : 0))
            .append('\n'));
    return text.toString();
  }
}
