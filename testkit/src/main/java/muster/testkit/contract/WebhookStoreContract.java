package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.device.DeviceFields;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;
import muster.webhook.Notice;
import muster.webhook.Retry;
import muster.webhook.Secret;
import muster.webhook.Webhook;
import muster.webhook.WebhookStore;
import org.junit.jupiter.api.Test;

/// What [WebhookStore] promises.
public abstract class WebhookStoreContract {
  private static final Instant T = Samples.T;

  protected abstract Transactions transactions();

  protected abstract WebhookStore store();

  private static Webhook webhook(String id, Optional<String> offBecause) {
    return new Webhook(
        new WebhookId(id),
        new Webhook.Settings(
            URI.create("https://example.org/hook?a=b"),
            List.of("device.*", "update.available"),
            Optional.of(DeviceFields.filter("tag:prod AND NOT platform:linux")),
            Map.of("X-Webhook-Secret", "a secret", "X-Other", ""),
            new Retry(3, Retry.Backoff.FIXED),
            Samples.ODD),
        Secret.random(),
        Optional.of(new Webhook.Former(Secret.random(), T.plusSeconds(5))),
        offBecause,
        7,
        "key:ci",
        T,
        T.plusMillis(1));
  }

  private static Notice notice(String id, String webhook, Optional<Instant> nextAt) {
    SortedMap<String, String> data =
        new TreeMap<>(Map.of("device_id", "dev_1", "odd", Samples.ODD));
    return new Notice(
        new NoticeId(id),
        new WebhookId(webhook),
        "device.offline",
        T,
        data,
        nextAt.isPresent() ? Notice.State.PENDING : Notice.State.DELIVERED,
        2,
        nextAt,
        Optional.of(
            new Notice.Attempt(
                T.plusSeconds(1),
                Duration.ofMillis(17),
                Optional.of(503),
                Optional.of(Samples.ODD),
                Samples.ODD)));
  }

  private void save(Webhook... webhooks) {
    transactions()
        .write(() -> {
          List.of(webhooks).forEach(store()::save);
          return true;
        });
  }

  private void save(Notice... notices) {
    transactions()
        .write(() -> {
          List.of(notices).forEach(store()::save);
          return true;
        });
  }

  @Test
  public void whatIsSaved_isFoundAgain() {
    Webhook webhook = webhook("whk_1", Optional.of("410"));
    save(webhook);
    assertThat(store().find(webhook.id())).contains(webhook);
    Webhook bare =
        new Webhook(
            webhook.id(),
            new Webhook.Settings(
                URI.create("https://example.org"),
                List.of("*"),
                Optional.empty(),
                Map.of(),
                Retry.USUAL,
                ""),
            Secret.random(),
            Optional.empty(),
            Optional.empty(),
            0,
            webhook.createdBy(),
            webhook.createdAt(),
            T.plusSeconds(9));
    save(bare);
    assertThat(store().all()).containsExactly(bare);

    Notice notice = notice("msg_1", "whk_1", Optional.of(T));
    save(notice);
    assertThat(store().find(notice.id())).contains(notice);
    Notice fresh =
        new Notice(
            new NoticeId("msg_2"),
            bare.id(),
            "update.available",
            T,
            new TreeMap<>(),
            Notice.State.PENDING,
            0,
            Optional.of(T),
            Optional.empty());
    save(fresh);
    assertThat(store().find(fresh.id())).contains(fresh);
  }

  @Test
  public void due_isWhatHasItsTime_ofThoseThatAreOn() {
    save(
        webhook("whk_on", Optional.empty()),
        webhook("whk_off", Optional.of("somebody")),
        webhook("whk_later", Optional.empty()));
    save(
        notice("msg_second", "whk_on", Optional.of(T)),
        notice("msg_first", "whk_on", Optional.of(T.minusSeconds(1))),
        notice("msg_third", "whk_on", Optional.of(T.plusMillis(1))),
        notice("msg_done", "whk_on", Optional.empty()),
        notice("msg_off", "whk_off", Optional.of(T)),
        notice("msg_later", "whk_later", Optional.of(T.plusSeconds(1))));

    assertThat(store().due(T)).containsExactly(new WebhookId("whk_on"));
    assertThat(store().due(new WebhookId("whk_on"), T, 10))
        .extracting(notice -> notice.id().value())
        .containsExactly("msg_first", "msg_second");
    assertThat(store().due(new WebhookId("whk_on"), T, 1)).hasSize(1);
  }

  @Test
  public void pending_areCounted_asTheyComeAndGo() {
    WebhookId id = new WebhookId("whk_1");
    save(webhook("whk_1", Optional.empty()));
    Notice first = notice("msg_1", "whk_1", Optional.of(T));
    save(
        first,
        notice("msg_2", "whk_1", Optional.of(T)),
        notice("msg_3", "whk_1", Optional.empty()));
    assertThat(store().pending(id)).isEqualTo(2);
    save(first, notice("msg_2", "whk_1", Optional.of(T.plusSeconds(5))));
    assertThat(store().pending(id)).isEqualTo(2);
    save(notice("msg_2", "whk_1", Optional.empty()));
    assertThat(store().pending(id)).isEqualTo(1);
    save(notice("msg_3", "whk_1", Optional.of(T)));
    assertThat(store().pending(id)).isEqualTo(2);
    save(webhook("whk_1", Optional.of("changed")));
    assertThat(store().pending(id)).isEqualTo(2);
  }

  @Test
  public void notices_arePaged_newestFirst() {
    save(webhook("whk_1", Optional.empty()), webhook("whk_2", Optional.empty()));
    for (int i = 1; i <= 5; i++) {
      save(notice("msg_" + i, "whk_1", i % 2 == 0 ? Optional.of(T) : Optional.empty()));
    }
    save(notice("msg_other", "whk_2", Optional.empty()));
    WebhookId id = new WebhookId("whk_1");
    Page<Notice> first =
        store().notices(id, Optional.empty(), new PageRequest(3, Optional.empty()));
    assertThat(first.items())
        .extracting(one -> one.id().value())
        .containsExactly("msg_5", "msg_4", "msg_3");
    Page<Notice> rest = store().notices(id, Optional.empty(), new PageRequest(3, first.next()));
    assertThat(rest.items()).extracting(one -> one.id().value()).containsExactly("msg_2", "msg_1");
    assertThat(rest.next()).isEmpty();
    assertThat(
            store()
                .notices(
                    id, Optional.of(Notice.State.PENDING), new PageRequest(9, Optional.empty()))
                .items())
        .extracting(one -> one.id().value())
        .containsExactly("msg_4", "msg_2");
  }

  @Test
  public void whatIsOver_isDeleted_oldestFirst_andWithItsWebhook() {
    save(webhook("whk_1", Optional.empty()));
    save(
        notice("msg_1", "whk_1", Optional.empty()),
        notice("msg_2", "whk_1", Optional.of(T)),
        notice("msg_3", "whk_1", Optional.empty()));
    Instant later = T.plusMillis(1);
    assertThat(transactions().write(() -> store().deleteBefore(T, 10))).isZero();
    assertThat(transactions().write(() -> store().deleteBefore(later, 1))).isOne();
    assertThat(store().find(new NoticeId("msg_1"))).isEmpty();
    assertThat(transactions().write(() -> store().deleteBefore(later, 10))).isOne();
    assertThat(store().find(new NoticeId("msg_2"))).isPresent();

    transactions()
        .write(() -> {
          store().delete(new WebhookId("whk_1"));
          return true;
        });
    assertThat(store().find(new NoticeId("msg_2"))).isEmpty();
    assertThat(store().all()).isEmpty();
    save(notice("msg_9", "whk_1", Optional.of(T)));
    assertThat(store().find(new NoticeId("msg_9"))).as("its webhook is gone").isEmpty();
  }
}
