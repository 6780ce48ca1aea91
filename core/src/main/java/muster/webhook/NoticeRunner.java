package muster.webhook;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.DeviceStore;
import muster.event.Event;
import muster.event.Events;
import muster.id.NoticeId;
import muster.id.WebhookId;
import muster.tx.Transactions;

/// Notes in the transaction of an event who is to be told of it, and tells them: each webhook by
/// itself, so that one that is dead delays no other. What was sent and not noted as such when the
/// server was killed is sent again.
final class NoticeRunner {
  /// At once to one webhook.
  private static final int PARALLEL = 8;

  /// To be sent to one webhook; more are not kept.
  static final int MOST_PENDING = 100_000;

  /// So many in a row that were given up turn a webhook off.
  static final int MOST_GIVEN_UP = 50;

  private final Transactions transactions;
  private final WebhookStore store;
  private final DeviceStore devices;
  private final Courier courier;
  private final Audit audit;
  private final InstantSource clock;
  private final Executor executor;
  private final Set<WebhookId> busy = ConcurrentHashMap.newKeySet();

  NoticeRunner(
      Transactions transactions,
      WebhookStore store,
      DeviceStore devices,
      Events events,
      Courier courier,
      Audit audit,
      InstantSource clock,
      Executor executor) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.courier = courier;
    this.audit = audit;
    this.clock = clock;
    this.executor = executor;
    events.react(this::react);
  }

  private void react(Event event) {
    Optional<String> name = EventNames.of(event);
    if (name.isEmpty()) {
      return;
    }
    List<Webhook> asking =
        store.all().stream()
            .filter(webhook -> webhook.isOn() && webhook.settings().wants(name.get()))
            .toList();
    if (asking.isEmpty()) {
      return;
    }
    Optional<Device> device = event.device().flatMap(devices::find);
    Instant now = clock.instant();
    boolean any = false;
    for (Webhook webhook : asking) {
      if (concerns(webhook, device, now) && store.pending(webhook.id()) < MOST_PENDING) {
        store.save(
            Notice.of(
                NoticeId.random(), webhook.id(), name.get(), event.at(), data(event, device)));
        any = true;
      }
    }
    if (any) {
      transactions.afterCommit(this::tick);
    }
  }

  private static boolean concerns(Webhook webhook, Optional<Device> device, Instant now) {
    return webhook
        .settings()
        .filter()
        .map(filter ->
            device.map(one -> filter.matches(DeviceFields.subject(one, now), now)).orElse(false))
        .orElse(true);
  }

  private static TreeMap<String, String> data(Event event, Optional<Device> device) {
    TreeMap<String, String> data = new TreeMap<>(event.body());
    event.device().ifPresent(id -> data.put("device_id", id.value()));
    device.ifPresent(one -> {
      data.put("device_name", one.name());
      one.state().lastSeen().ifPresent(seen -> data.put("last_seen", seen.toString()));
    });
    return data;
  }

  /// Whoever has something to be sent is sent it, each on a thread of its own.
  void tick() {
    for (WebhookId id : store.due(clock.instant())) {
      if (busy.add(id)) {
        executor.execute(() -> {
          try {
            sendDue(id);
          } finally {
            busy.remove(id);
          }
        });
      }
    }
  }

  private void sendDue(WebhookId id) {
    while (true) {
      Optional<Webhook> webhook = store.find(id).filter(Webhook::isOn);
      List<Notice> due = store.due(id, clock.instant(), PARALLEL);
      if (webhook.isEmpty() || due.isEmpty() || !sendAll(webhook.get(), due)) {
        return;
      }
    }
  }

  /// Whether it is noted of all of them what came of it. A store that takes nothing must not make
  /// this send the same again and again: the next tick tries.
  private boolean sendAll(Webhook webhook, List<Notice> notices) {
    CountDownLatch sent = new CountDownLatch(notices.size());
    AtomicInteger noted = new AtomicInteger();
    for (Notice notice : notices) {
      executor.execute(() -> {
        try {
          settle(webhook.id(), notice, attempt(webhook, notice));
          noted.incrementAndGet();
        } finally {
          sent.countDown();
        }
      });
    }
    try {
      sent.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return noted.get() == notices.size();
  }

  private record Sent(Notice.Attempt attempt, Courier.Answer answer) {}

  private Sent attempt(Webhook webhook, Notice notice) {
    Instant began = clock.instant();
    long start = System.nanoTime();
    List<Secret> secrets = new ArrayList<>(List.of(webhook.secret()));
    webhook
        .formerSecret()
        .filter(former -> began.isBefore(former.until()))
        .ifPresent(former -> secrets.add(former.secret()));
    Webhook.Settings settings = webhook.settings();
    Courier.Answer answer =
        courier.send(new Courier.Parcel(settings.url(), settings.headers(), secrets, notice));
    Optional<String> problem =
        answer.isTaken()
            ? Optional.empty()
            : answer
                .problem()
                .or(() -> answer.status().map("it answered %d (expected: 200..299)"::formatted));
    return new Sent(
        new Notice.Attempt(
            began,
            Duration.ofNanos(System.nanoTime() - start),
            answer.status(),
            problem,
            answer.body()),
        answer);
  }

  private void settle(WebhookId id, Notice sent, Sent how) {
    transactions.write(() -> {
      Optional<Webhook> webhook = store.find(id);
      // It may have been deleted, or be on its way once more, since.
      Optional<Notice> notice =
          store.find(sent.id()).filter(one -> one.attempts() == sent.attempts());
      if (webhook.isPresent() && notice.isPresent()) {
        settle(webhook.get(), notice.get(), how);
      }
      return id;
    });
  }

  private void settle(Webhook webhook, Notice notice, Sent how) {
    Instant now = clock.instant();
    double chance = ThreadLocalRandom.current().nextDouble();
    switch (RetryRules.verdict(
        webhook.settings().retry(), notice.attempts() + 1, how.answer(), chance)) {
      case RetryRules.Verdict.Delivered delivered -> {
        end(notice, Notice.State.DELIVERED, how);
        if (webhook.givenUp() > 0) {
          store.save(webhook.withGivenUp(0));
        }
      }
      case RetryRules.Verdict.Again again ->
          store.save(
              notice.attempted(
                  Notice.State.PENDING, Optional.of(now.plus(again.after())), how.attempt()));
      case RetryRules.Verdict.GiveUp giveUp -> {
        end(notice, Notice.State.FAILED, how);
        int givenUp = webhook.givenUp() + 1;
        Webhook counted = webhook.withGivenUp(givenUp);
        store.save(counted);
        if (webhook.isOn() && givenUp >= MOST_GIVEN_UP) {
          turnOff(counted, "%d notices in a row were not taken".formatted(givenUp), now);
        }
      }
      case RetryRules.Verdict.TurnOff turnOff -> {
        end(notice, Notice.State.FAILED, how);
        turnOff(webhook, turnOff.because(), now);
      }
    }
  }

  private void end(Notice notice, Notice.State state, Sent how) {
    store.save(notice.attempted(state, Optional.empty(), how.attempt()));
  }

  private void turnOff(Webhook webhook, String because, Instant now) {
    store.save(webhook.off(because, now));
    audit.record(Caller.SERVER, "webhook.off", webhook.id().value(), Map.of("because", because));
  }

  /// Whether it is taken or not, that was all.
  Notice tried(Webhook webhook, Notice notice) {
    Sent how = attempt(webhook, notice);
    return notice.attempted(
        how.attempt().problem().isEmpty() ? Notice.State.DELIVERED : Notice.State.FAILED,
        Optional.empty(),
        how.attempt());
  }
}
