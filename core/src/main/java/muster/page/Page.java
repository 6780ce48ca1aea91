package muster.page;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One part of a list.
///
/// @param next where the following page starts; empty when this one is the last
public record Page<T>(List<T> items, Optional<Cursor> next) {
  public Page {
    items = List.copyOf(items);
  }

  public <R> Page<R> map(Function<? super T, ? extends R> item) {
    return new Page<>(items.stream().<R>map(item).toList(), next);
  }
}
