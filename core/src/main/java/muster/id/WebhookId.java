package muster.id;

import java.util.Optional;

/// Names one webhook: `whk_…`.
public record WebhookId(String value) {
  public WebhookId {
    if (!value.matches("whk_[a-z0-9]{1,32}")) {
      throw new IllegalArgumentException("webhook id: expected whk_ and characters of a-z 0-9");
    }
  }

  public static WebhookId random() {
    return new WebhookId(RandomIds.next("whk"));
  }

  /// The id that a text is; empty for what can't be one.
  public static Optional<WebhookId> of(String text) {
    try {
      return Optional.of(new WebhookId(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
