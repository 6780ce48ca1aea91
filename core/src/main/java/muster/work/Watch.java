package muster.work;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Wakes those who wait for news of one thing among many. A wake-up carries no data: who wakes
/// reads the store, so nothing can be missed, repeated or pile up for a slow reader.
///
/// @param <K> names the things
public final class Watch<K> {
  /// Who waits looks again after so long all the same: his right to look may be gone.
  public static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final ConcurrentMap<K, Set<Semaphore>> watchers = new ConcurrentHashMap<>();
  private volatile boolean stopped;

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

  /// What `look` finds once it is `enough`, or as it is after `longest`, or when all this [#stop]s.
  /// What `look` throws ends the wait.
  public <T> T await(K id, Duration longest, Supplier<T> look, Predicate<T> enough)
      throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    try (Watcher watcher = watch(id)) {
      while (true) {
        boolean last = stopped;
        T found = look.get();
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (enough.test(found) || left <= 0 || last) {
          return found;
        }
        watcher.await(Math.min(left, LOOK_AGAIN.toMillis()));
      }
    }
  }

  /// Whether nobody shall wait any more.
  public boolean isStopped() {
    return stopped;
  }

  /// Wakes all who wait: the server stops.
  public void stop() {
    stopped = true;
    watchers.values().forEach(set -> set.forEach(Semaphore::release));
  }

  public void wake(K id) {
    watchers.getOrDefault(id, Set.of()).forEach(Semaphore::release);
  }
}
