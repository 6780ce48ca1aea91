package muster.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// The rows read last, so that looking at the same device again costs no query. Shared; the lock is
/// this object, held for map operations only.
///
/// [#forget] is called when a change has become durable and before its caller hears of it. A read
/// that was under way meanwhile may have seen the old row and must not put it back: it passes the
/// generation it started in, which every change raises.
final class RecentReads<K, V> {
  private final Map<K, V> rows;
  private long generation;

  RecentReads(int maxRows) {
    this.rows =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > maxRows;
          }
        };
  }

  Optional<V> get(K key, Supplier<Optional<V>> read) {
    long startedIn;
    synchronized (this) {
      V row = rows.get(key);
      if (row != null) {
        return Optional.of(row);
      }
      startedIn = generation;
    }
    Optional<V> found = read.get();
    found.ifPresent(row -> put(key, row, startedIn));
    return found;
  }

  private synchronized void put(K key, V row, long startedIn) {
    if (startedIn == generation) {
      rows.put(key, row);
    }
  }

  synchronized void forget(K key) {
    generation++;
    rows.remove(key);
  }

  synchronized void forgetAll() {
    generation++;
    rows.clear();
  }
}
