package muster.store;

import java.util.ArrayList;
import java.util.List;

/// A piece of a statement: text written by us, and the values of its question marks in order. What
/// a user says is only ever among the values.
///
/// @param binds [String], [Long], [Integer] or [Double]
record Sql(String text, List<Object> binds) {
  Sql {
    binds = List.copyOf(binds);
  }

  static Sql of(String text, Object... binds) {
    return new Sql(text, List.of(binds));
  }

  /// One after the other, nothing between.
  static Sql concat(Sql... parts) {
    return join("", List.of(parts));
  }

  static Sql join(String separator, List<Sql> parts) {
    StringBuilder text = new StringBuilder();
    List<Object> binds = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      text.append(i == 0 ? "" : separator).append(parts.get(i).text);
      binds.addAll(parts.get(i).binds);
    }
    return new Sql(text.toString(), binds);
  }

  /// Text added at the end, with the values of its own question marks.
  Sql then(String more, Object... moreBinds) {
    return concat(this, of(more, moreBinds));
  }
}
