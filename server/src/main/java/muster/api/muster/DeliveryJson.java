package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import muster.http.Reply;
import muster.webhook.Notice;
import muster.webhook.Webhooks;
import org.jspecify.annotations.Nullable;

/// What one webhook was told, and how that went.
record DeliveryJson(
    String id,
    String event,
    String timestamp,
    SortedMap<String, String> data,
    String state,
    int attempts,
    @Nullable String nextAttemptAt,
    @Nullable AttemptJson lastAttempt) {

  /// @param status of the receiver's answer
  /// @param response the beginning of it
  record AttemptJson(
      String at,
      long durationMs,
      @Nullable Integer status,
      @Nullable String error,
      String response) {
    static AttemptJson of(Notice.Attempt attempt) {
      return new AttemptJson(
          Reply.time(attempt.at()),
          attempt.took().toMillis(),
          attempt.status().orElse(null),
          attempt.problem().orElse(null),
          attempt.answer());
    }
  }

  /// One part of the list.
  record Listed(
      List<DeliveryJson> deliveries,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {
    static Listed of(Webhooks.Listing listing) {
      return new Listed(
          listing.page().items().stream().map(DeliveryJson::of).toList(),
          listing.next().orElse(null));
    }
  }

  static DeliveryJson of(Notice notice) {
    return new DeliveryJson(
        notice.id().value(),
        notice.event(),
        Reply.time(notice.at()),
        notice.data(),
        word(notice.state()),
        notice.attempts(),
        notice.nextAt().map(Reply::time).orElse(null),
        notice.last().map(AttemptJson::of).orElse(null));
  }

  static Optional<Notice.State> state(String word) {
    return Arrays.stream(Notice.State.values())
        .filter(state -> word(state).equals(word))
        .findFirst();
  }

  private static String word(Notice.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }
}
