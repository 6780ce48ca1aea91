package muster.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Token buckets by key, bounded in memory: it remembers the 10,000 keys used last, and a key that
/// is forgotten starts with a full bucket. Shared; the lock is this object.
public final class RateLimiter {
  private static final int MAX_KEYS = 10_000;

  private final TokenBucket.Rate rate;
  private final InstantSource clock;
  private final Map<String, TokenBucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TokenBucket> eldest) {
          return size() > MAX_KEYS;
        }
      };

  /// How a key stands.
  ///
  /// @param delay until the next token; empty = there was one
  /// @param remaining whole tokens left, never negative
  /// @param full until the bucket is full again
  record State(Optional<Duration> delay, int remaining, Duration full) {}

  /// @param burst how much a bucket holds, filled within `refill` at an even rate
  public RateLimiter(int burst, Duration refill, InstantSource clock) {
    this.rate = new TokenBucket.Rate(burst, burst / (refill.toMillis() / 1000.0));
    this.clock = clock;
  }

  /// Takes one token; answers how long to wait when there is none.
  public Optional<Duration> take(String key) {
    return takeOne(key).delay();
  }

  /// How long to wait for a token; takes none.
  public Optional<Duration> peek(String key) {
    return look(key).delay();
  }

  synchronized State takeOne(String key) {
    TokenBucket bucket = now(key);
    boolean there = bucket.tokens() >= 1;
    TokenBucket left = there ? bucket.minus(1) : bucket;
    buckets.put(key, left);
    return state(left, there);
  }

  /// Remembers nothing: looking is free for whoever asks for many keys.
  synchronized State look(String key) {
    TokenBucket bucket = now(key);
    return state(bucket, bucket.tokens() >= 1);
  }

  private TokenBucket now(String key) {
    Instant now = clock.instant();
    TokenBucket known = buckets.get(key);
    return known == null ? TokenBucket.full(rate, now) : known.at(now, rate);
  }

  private State state(TokenBucket bucket, boolean there) {
    return new State(
        there ? Optional.empty() : Optional.of(bucket.until(1, rate)),
        (int) Math.max(0, Math.floor(bucket.tokens())),
        bucket.until(rate.size(), rate));
  }

  synchronized int size() {
    return buckets.size();
  }
}
