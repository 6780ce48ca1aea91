package muster.work;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Wakes those who wait for news of one thing among many. A wake-up carries no data: who wakes
/// reads the store, so nothing can be missed, repeated or pile up for a slow reader.
///
/// @param <K> names the things
public final class Watch<K> {
  private final ConcurrentMap<K, Set<Semaphore>> watchers = new ConcurrentHashMap<>();

  /// One who waits; close it when done.
  public final class Watcher implements AutoCloseable {
    private final K id;
    private final Semaphore news = new Semaphore(0);

    private Watcher(K id) {
      this.id = id;
    }

    /// Waits until there is news since the last call, or for `millis`. True when there was.
    public boolean await(long millis) throws InterruptedException {
      boolean woken = news.tryAcquire(millis, TimeUnit.MILLISECONDS);
      news.drainPermits();
      return woken;
    }

    @Override
    public void close() {
      watchers.computeIfPresent(
          id,
          (key, set) -> {
            set.remove(news);
            return set.isEmpty() ? null : set;
          });
    }
  }

  /// Starts to watch. Read the store after this call, not before.
  public Watcher watch(K id) {
    Watcher watcher = new Watcher(id);
    watchers.compute(
        id,
        (key, set) -> {
          Set<Semaphore> present = set == null ? ConcurrentHashMap.newKeySet() : set;
          present.add(watcher.news);
          return present;
        });
    return watcher;
  }

  public void wake(K id) {
    watchers.getOrDefault(id, Set.of()).forEach(Semaphore::release);
  }
}
