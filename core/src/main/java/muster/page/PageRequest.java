package muster.page;

import java.util.Optional;

/// Which part of a list is asked for.
///
/// @param size most items, at least 1; what a client may ask for at most is the dialect's to say
/// @param after where the page before ended; empty for the first page
public record PageRequest(int size, Optional<Cursor> after) {

  /// Everything in one page.
  public static final PageRequest ALL = first(Integer.MAX_VALUE - 1);

  public PageRequest {
    if (size < 1 || size == Integer.MAX_VALUE) {
      throw new IllegalArgumentException("page size " + size + " (expected: at least 1)");
    }
  }

  public static PageRequest first(int size) {
    return new PageRequest(size, Optional.empty());
  }
}
