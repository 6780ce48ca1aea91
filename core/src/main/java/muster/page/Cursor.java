package muster.page;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The place of one item in an ordered list: the values it is ordered by, then its id.
///
/// @param keys for each key of the order null, [Long], [Double] or [String]
/// @param id [Long] or [String]
public record Cursor(List<@Nullable Object> keys, Object id) {
  // Written out: a compact constructor loses the annotation inside List<…>.
  public Cursor(List<@Nullable Object> keys, Object id) {
    this.keys = Collections.unmodifiableList(new ArrayList<>(keys));
    for (Object key : keys) {
      if (key != null && !(key instanceof Long || key instanceof Double || key instanceof String)) {
        throw new IllegalArgumentException(key + " (expected: a long, a double or a string)");
      }
    }
    if (!(id instanceof Long || id instanceof String)) {
      throw new IllegalArgumentException(id + " (expected: a long or a string)");
    }
    this.id = id;
  }
}
