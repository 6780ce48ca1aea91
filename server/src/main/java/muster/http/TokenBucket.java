package muster.http;

import java.time.Duration;
import java.time.Instant;

/// The rule of a token bucket, without a clock and without a lock: what is in it, and since when.
///
/// @param tokens may be below zero, when more was taken than there was
public record TokenBucket(double tokens, Instant filledAt) {
  private static final double NANOS = 1e9;

  /// @param size the most a bucket holds
  /// @param perSecond how fast it fills
  public record Rate(double size, double perSecond) {}

  public static TokenBucket full(Rate rate, Instant now) {
    return new TokenBucket(rate.size(), now);
  }

  /// As it is `now`. A clock that was put back adds nothing and takes nothing.
  public TokenBucket at(Instant now, Rate rate) {
    double seconds = Math.max(0, Duration.between(filledAt, now).toNanos() / NANOS);
    return new TokenBucket(Math.min(rate.size(), tokens + seconds * rate.perSecond()), now);
  }

  public TokenBucket minus(double taken) {
    return new TokenBucket(tokens - taken, filledAt);
  }

  /// How long until there are `wanted` tokens; zero when there are.
  public Duration until(double wanted, Rate rate) {
    double missing = Math.max(0, wanted - tokens);
    return Duration.ofNanos((long) Math.ceil(missing / rate.perSecond() * NANOS));
  }
}
