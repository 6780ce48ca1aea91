package muster.webhook;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.device.DeviceStore;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;

/// Webhooks for people and programs: set up, try out, look at what became of each notice. A caller
/// with a scope has no right to them, for they hear of every device.
public final class Webhooks {
  /// Each event asks all of them.
  static final int MOST = 100;

  private static final Duration BOTH_SECRETS = Duration.ofHours(24);

  private final Transactions transactions;
  private final WebhookStore store;
  private final Audit audit;
  private final CursorCodec cursors;
  private final InstantSource clock;
  private final NoticeRunner runner;

  /// One part of the list, and the token of the next; empty when this is the last.
  public record Listing(Page<Notice> page, Optional<String> next) {}

  /// @param executor sends; it may block
  public Webhooks(
      Transactions transactions,
      WebhookStore store,
      DeviceStore devices,
      Events events,
      Courier courier,
      Audit audit,
      CursorCodec cursors,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.store = store;
    this.audit = audit;
    this.cursors = cursors;
    this.clock = clock;
    runner =
        new NoticeRunner(transactions, store, devices, events, courier, audit, clock, executor);
  }

  public Webhook create(Caller caller, Webhook.Settings settings) {
    Access.requireUnscoped(caller, Permission.WEBHOOK_MANAGE);
    return transactions.write(() -> {
      if (store.all().size() >= MOST) {
        throw new Fault(
            FaultCode.RESOURCE_EXHAUSTED,
            "there are %d webhooks (expected: at most that many)".formatted(MOST),
            Map.of());
      }
      Instant now = clock.instant();
      Webhook webhook =
          new Webhook(
              WebhookId.random(),
              settings,
              Secret.random(),
              Optional.empty(),
              Optional.empty(),
              0,
              caller.principal(),
              now,
              now);
      store.save(webhook);
      record(caller, "webhook.create", webhook);
      return webhook;
    });
  }

  public List<Webhook> list(Caller caller) {
    Access.requireUnscoped(caller, Permission.WEBHOOK_MANAGE);
    return store.all();
  }

  public Webhook get(Caller caller, WebhookId id) {
    Access.requireUnscoped(caller, Permission.WEBHOOK_MANAGE);
    return store.find(id).orElseThrow(() -> Fault.notFound("webhook", id.value()));
  }

  /// @param on whether it is to be on; absent = as it is. What is pending waits while it is off.
  public Webhook change(
      Caller caller, WebhookId id, Webhook.Settings settings, Optional<Boolean> on) {
    Instant now = clock.instant();
    Webhook changed =
        write(
            caller,
            id,
            "webhook.update",
            webhook -> turned(webhook.with(settings, now), on, caller));
    runner.tick();
    return changed;
  }

  private Webhook turned(Webhook webhook, Optional<Boolean> on, Caller caller) {
    if (on.isEmpty() || on.get() == webhook.isOn()) {
      return webhook;
    }
    Instant now = clock.instant();
    return on.get() ? webhook.on(now) : webhook.off("by " + caller.principal(), now);
  }

  /// Makes another secret; for a day notices are signed with the one before, too.
  public Webhook renewSecret(Caller caller, WebhookId id) {
    Instant now = clock.instant();
    return write(
        caller,
        id,
        "webhook.secret",
        webhook -> webhook.withSecret(Secret.random(), now.plus(BOTH_SECRETS), now));
  }

  private Webhook write(Caller caller, WebhookId id, String deed, UnaryOperator<Webhook> change) {
    return transactions.write(() -> {
      Webhook changed = change.apply(get(caller, id));
      store.save(changed);
      record(caller, deed, changed);
      return changed;
    });
  }

  public void delete(Caller caller, WebhookId id) {
    transactions.write(() -> {
      Webhook webhook = get(caller, id);
      store.delete(id);
      record(caller, "webhook.delete", webhook);
      return webhook;
    });
  }

  private void record(Caller caller, String deed, Webhook webhook) {
    audit.record(
        caller, deed, webhook.id().value(), Map.of("url", webhook.settings().url().toString()));
  }

  /// Sends it a notice of an event that is none, also when it is off, and waits for what comes of
  /// it; that is tried once.
  public Notice test(Caller caller, WebhookId id) {
    Webhook webhook = get(caller, id);
    TreeMap<String, String> data = new TreeMap<>(Map.of("requested_by", caller.principal()));
    Notice tried =
        runner.tried(
            webhook, Notice.of(NoticeId.random(), id, EventNames.TEST, clock.instant(), data));
    return transactions.write(() -> {
      store.save(tried);
      record(caller, "webhook.test", webhook);
      return tried;
    });
  }

  /// What it was told, newest first.
  ///
  /// @throws Fault INVALID_ARGUMENT for a token of another list, a forged or an old one
  public Listing notices(
      Caller caller, WebhookId id, Optional<Notice.State> state, int size, Optional<String> token) {
    get(caller, id);
    String query = "notices\n" + id + state.map(one -> "\n" + one).orElse("");
    Optional<Cursor> after = token.map(text -> cursors.require("cursor", text, query));
    Page<Notice> page = store.notices(id, state, new PageRequest(size, after));
    return new Listing(page, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  public Notice notice(Caller caller, WebhookId webhook, NoticeId id) {
    get(caller, webhook);
    return store
        .find(id)
        .filter(notice -> notice.webhook().equals(webhook))
        .orElseThrow(() -> Fault.notFound("delivery", id.value()));
  }

  /// Sends it again under the same id, with all its attempts.
  ///
  /// @throws Fault FAILED_PRECONDITION while it is to be sent anyway
  public Notice redeliver(Caller caller, WebhookId webhook, NoticeId id) {
    Notice again =
        transactions.write(() -> {
          Notice notice = notice(caller, webhook, id);
          if (notice.state() == Notice.State.PENDING) {
            throw Fault.failedPrecondition(
                "%s is to be sent anyway (expected: one that is delivered or failed)".formatted(id),
                "delivery_pending");
          }
          Notice fresh = notice.again(clock.instant());
          store.save(fresh);
          audit.record(
              caller, "webhook.redeliver", webhook.value(), Map.of("delivery", id.value()));
          return fresh;
        });
    runner.tick();
    return again;
  }

  /// Sends what is due. Called by the server once a second.
  public void tick() {
    runner.tick();
  }

  /// Forgets what became of notices before that.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int batch = 500;
    while (transactions.write(() -> store.deleteBefore(before, batch)) == batch) {
      // the next ones
    }
  }
}
