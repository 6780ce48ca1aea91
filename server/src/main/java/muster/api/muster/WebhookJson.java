package muster.api.muster;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import muster.filter.Filter;
import muster.http.Reply;
import muster.webhook.Retry;
import muster.webhook.Secret;
import muster.webhook.Webhook;
import org.jspecify.annotations.Nullable;

/// A webhook as it is shown.
///
/// @param headerNames of the headers that are sent along; their values are never shown
/// @param disabledReason why nothing is sent
/// @param secret shown once, to who made it
record WebhookJson(
    String id,
    String url,
    List<String> events,
    @Nullable String filter,
    Collection<String> headerNames,
    RetryJson retry,
    String description,
    boolean enabled,
    @Nullable String disabledReason,
    String createdBy,
    String createdAt,
    String updatedAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String secret) {

  record RetryJson(int maxAttempts, String backoff) {
    static RetryJson of(Retry retry) {
      return new RetryJson(retry.maxAttempts(), retry.backoff().name().toLowerCase(Locale.ROOT));
    }
  }

  static WebhookJson of(Webhook webhook) {
    return of(webhook, null);
  }

  static WebhookJson withSecret(Webhook webhook) {
    return of(webhook, webhook.secret());
  }

  private static WebhookJson of(Webhook webhook, @Nullable Secret shown) {
    Webhook.Settings settings = webhook.settings();
    return new WebhookJson(
        webhook.id().value(),
        settings.url().toString(),
        settings.events(),
        settings.filter().map(Filter::toString).orElse(null),
        new TreeSet<>(settings.headers().keySet()),
        RetryJson.of(settings.retry()),
        settings.description(),
        webhook.isOn(),
        webhook.offBecause().orElse(null),
        webhook.createdBy(),
        Reply.time(webhook.createdAt()),
        Reply.time(webhook.updatedAt()),
        shown == null ? null : shown.text());
  }
}
