package muster.agent.net;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;

/// The header `Retry-After` in its form with seconds, as Muster sends it.
public final class RetryAfter {
  private static final long LONGEST_SECONDS = 3600;

  private RetryAfter() {}

  /// At most an hour, whatever the header says; empty when there is none in seconds.
  public static Optional<Duration> of(HttpHeaders headers) {
    return headers
        .firstValue("retry-after")
        .map(String::strip)
        .filter(text -> text.matches("[0-9]{1,9}"))
        .map(text -> Duration.ofSeconds(Math.min(Long.parseLong(text), LONGEST_SECONDS)));
  }
}
