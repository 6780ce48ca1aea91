package muster.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.auth.Caller;
import org.junit.jupiter.api.Test;

class CallerCacheTest {
  private static final CallerCache.Entry ENTRY =
      new CallerCache.Entry("hash", Caller.SERVER, Optional.empty());

  private final CallerCache cache = new CallerCache();

  @Test
  void put_inItsGeneration_isFound() {
    cache.put("key_1", ENTRY, cache.generation());
    assertThat(cache.get("key_1")).contains(ENTRY);
  }

  @Test
  void put_readBeforeARightWasTaken_isDropped() {
    long startedIn = cache.generation();
    cache.clear();
    cache.put("key_1", ENTRY, startedIn);
    assertThat(cache.get("key_1")).isEmpty();
  }

  /// A reader looks the right up while it is taken away: whatever the order, the cache never says
  /// yes once the taking has returned.
  @Test
  void clear_whileReadersLookUp_leavesNothingOld() throws InterruptedException {
    for (int i = 0; i < 2_000; i++) {
      CallerCache raced = new CallerCache();
      AtomicBoolean right = new AtomicBoolean(true);
      Thread reader =
          Thread.startVirtualThread(() -> {
            long startedIn = raced.generation();
            if (right.get()) {
              raced.put("key_1", ENTRY, startedIn);
            }
          });
      right.set(false);
      raced.clear();
      reader.join();
      assertThat(raced.get("key_1")).as("round %d", i).isEmpty();
    }
  }

  @Test
  void put_withoutEnd_staysBounded() {
    for (int i = 0; i < 50_000; i++) {
      cache.put("key_" + i, ENTRY, cache.generation());
    }
    assertThat(cache.get("key_49999")).contains(ENTRY);
    assertThat(cache.get("key_0")).isEmpty();
  }
}
