package muster.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Token buckets by key: `burst` at once, refilled at an even rate. Remembers the 10,000 keys used
/// last; a key that is forgotten starts with a full bucket. Shared; the lock is this object.
public final class RateLimiter {
  private static final int MAX_KEYS = 10_000;

  private final double burst;
  private final double perSecond;
  private final InstantSource clock;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MAX_KEYS;
        }
      };

  private static final class Bucket {
    private double tokens;
    private Instant filledAt;

    private Bucket(double tokens, Instant filledAt) {
      this.tokens = tokens;
      this.filledAt = filledAt;
    }
  }

  public RateLimiter(int burst, Duration refill, InstantSource clock) {
    this.burst = burst;
    this.perSecond = burst / (refill.toMillis() / 1000.0);
    this.clock = clock;
  }

  /// Takes one token; answers how long to wait when there is none.
  public synchronized Optional<Duration> take(String key) {
    Instant now = clock.instant();
    Bucket bucket = buckets.computeIfAbsent(key, k -> new Bucket(burst, now));
    double elapsed = Math.max(0, Duration.between(bucket.filledAt, now).toMillis() / 1000.0);
    bucket.tokens = Math.min(burst, bucket.tokens + elapsed * perSecond);
    bucket.filledAt = now;
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return Optional.empty();
    }
    return Optional.of(Duration.ofMillis((long) Math.ceil((1 - bucket.tokens) / perSecond * 1000)));
  }
}
