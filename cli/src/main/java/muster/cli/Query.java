package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The parameters of a request, in order.
final class Query {
  private final List<String> pairs = new ArrayList<>();

  Query() {}

  /// A copy that can go on on its own, for one page of a list.
  Query(Query start) {
    pairs.addAll(start.pairs);
  }

  /// Adds a parameter; none for an option that was not given.
  Query add(String name, @Nullable Object value) {
    if (value != null) {
      pairs.add(name + "=" + encoded(value.toString()));
    }
    return this;
  }

  Query addAll(String name, Collection<String> values) {
    values.forEach(value -> add(name, value));
    return this;
  }

  /// Something for a path segment, so that an id with a slash stays one.
  static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  /// Empty, or the parameters behind a question mark.
  @Override
  public String toString() {
    return pairs.isEmpty() ? "" : "?" + String.join("&", pairs);
  }
}
