package muster.webhook;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.id.NoticeId;
import muster.id.WebhookId;

/// What one webhook is told of one event, and how that goes.
///
/// @param event its name, of [EventNames]
/// @param at when it happened
/// @param data short facts
/// @param attempts how often it was sent
/// @param nextAt when it is to be sent; empty when it is not, any more
/// @param last what came of the latest attempt
public record Notice(
    NoticeId id,
    WebhookId webhook,
    String event,
    Instant at,
    SortedMap<String, String> data,
    State state,
    int attempts,
    Optional<Instant> nextAt,
    Optional<Attempt> last) {

  /// How it stands.
  public enum State {
    /// It has yet to be sent, or to be sent again.
    PENDING,
    /// The receiver has taken it.
    DELIVERED,
    /// The receiver has not taken it, and will not be asked again.
    FAILED
  }

  /// @param status of the answer; empty when none came
  /// @param problem why it does not count as taken; empty when it does
  /// @param answer the beginning of what the receiver said
  public record Attempt(
      Instant at,
      Duration took,
      Optional<Integer> status,
      Optional<String> problem,
      String answer) {}

  public Notice {
    data = Collections.unmodifiableSortedMap(new TreeMap<>(data));
  }

  static Notice of(
      NoticeId id, WebhookId webhook, String event, Instant at, SortedMap<String, String> data) {
    return new Notice(
        id, webhook, event, at, data, State.PENDING, 0, Optional.of(at), Optional.empty());
  }

  Notice attempted(State now, Optional<Instant> next, Attempt attempt) {
    return new Notice(id, webhook, event, at, data, now, attempts + 1, next, Optional.of(attempt));
  }

  /// It has all its attempts before it once more.
  Notice again(Instant now) {
    return new Notice(id, webhook, event, at, data, State.PENDING, 0, Optional.of(now), last);
  }
}
