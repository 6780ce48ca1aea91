package muster.webhook;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.page.Page;
import muster.page.PageRequest;

/// Where webhooks and their notices are kept. What changes something is called inside a write
/// transaction.
public interface WebhookStore {
  /// Makes it, or changes it.
  void save(Webhook webhook);

  /// With its notices.
  void delete(WebhookId id);

  Optional<Webhook> find(WebhookId id);

  /// All, oldest first.
  List<Webhook> all();

  /// Makes it, or changes how it stands; nothing when its webhook is gone.
  void save(Notice notice);

  Optional<Notice> find(NoticeId id);

  /// Newest first.
  ///
  /// @param state those that stand so; empty = all
  Page<Notice> notices(WebhookId webhook, Optional<Notice.State> state, PageRequest page);

  /// Webhooks that are on and have something to be sent.
  List<WebhookId> due(Instant now);

  /// What is to be sent to one of them, what was to be sent first before the others.
  List<Notice> due(WebhookId webhook, Instant now, int limit);

  /// How many have yet to be sent.
  long pending(WebhookId webhook);

  /// Removes the oldest of those that are not to be sent any more; returns how many.
  int deleteBefore(Instant before, int limit);
}
