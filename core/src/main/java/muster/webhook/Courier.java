package muster.webhook;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings notices to their receivers.
@FunctionalInterface
public interface Courier {
  /// @param headers of the webhook's own
  /// @param secrets to sign with, each of them
  record Parcel(URI url, Map<String, String> headers, List<Secret> secrets, Notice notice) {}

  /// @param status of the answer; empty when none came
  /// @param problem why none came
  /// @param body the beginning of it
  /// @param retryAfter when the receiver wants to be asked again
  record Answer(
      Optional<Integer> status,
      Optional<String> problem,
      String body,
      Optional<Duration> retryAfter) {
    public static Answer none(String problem) {
      return new Answer(Optional.empty(), Optional.of(problem), "", Optional.empty());
    }

    boolean isTaken() {
      return status.filter(code -> code / 100 == 2).isPresent();
    }
  }

  /// Returns within seconds, whatever the receiver does.
  Answer send(Parcel parcel);
}
