package muster.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What a check found: how much was compared, and every difference. Shared.
public final class Report {
  private static final int SHOWN = 20;

  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final List<String> differences = Collections.synchronizedList(new ArrayList<>());

  void line(String format, Object... values) {
    lines.add(format.formatted(values));
  }

  void difference(String format, Object... values) {
    differences.add(format.formatted(values));
  }

  public boolean isClean() {
    return differences.isEmpty();
  }

  public List<String> differences() {
    synchronized (differences) {
      return List.copyOf(differences);
    }
  }

  /// For people.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("\nCheck\n");
    synchronized (lines) {
      lines.forEach(line -> text.append("  ").append(line).append('\n'));
    }
    List<String> found = differences();
    if (found.isEmpty()) {
      return text.append("  ok: the server says what happened\n").toString();
    }
    text.append("  ").append(found.size()).append(" differences\n");
    found.stream().limit(SHOWN).forEach(line -> text.append("    ").append(line).append('\n'));
    if (found.size() > SHOWN) {
      text.append("    and ").append(found.size() - SHOWN).append(" more\n");
    }
    return text.toString();
  }
}
