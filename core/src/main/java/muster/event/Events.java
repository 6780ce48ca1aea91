package muster.event;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import muster.id.DeviceId;
import muster.tx.Transactions;
import muster.work.Serial;

/// The one log of events. Shared by all threads; the queue between the writer and the dispatching
/// thread is its only state, and no lock is held while a subscriber runs.
public final class Events implements AutoCloseable {
  private static final int TIDY_BATCH = 500;

  private final Transactions transactions;
  private final EventStore store;
  private final InstantSource clock;
  private final List<Reactor> reactors = new CopyOnWriteArrayList<>();
  private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
  private final BiConsumer<Event, RuntimeException> failures;
  private final Queue<Runnable> committed = new ConcurrentLinkedQueue<>();
  private final Serial dispatcher;

  /// @param executor runs the subscribers, one event after the other; they may block
  /// @param failures is told what a subscriber threw
  public Events(
      Transactions transactions,
      EventStore store,
      InstantSource clock,
      Executor executor,
      BiConsumer<Event, RuntimeException> failures) {
    this.transactions = transactions;
    this.store = store;
    this.clock = clock;
    this.failures = failures;
    this.dispatcher = new Serial(executor);
  }

  /// Emits an event as part of the present transaction (or of one of its own).
  public void emit(String type, Optional<DeviceId> device, Map<String, String> body) {
    transactions.write(() -> {
      Event event = store.append(new Event(0, clock.instant(), type, device, body));
      reactors.forEach(reactor -> reactor.react(event));
      transactions.afterCommit(() -> enqueue(() -> tell(event)));
      return event;
    });
  }

  public void react(Reactor reactor) {
    reactors.add(reactor);
  }

  /// Registers a subscriber; closing the result takes it off again.
  public AutoCloseable subscribe(Subscriber subscriber) {
    subscribers.add(subscriber);
    return () -> subscribers.remove(subscriber);
  }

  /// Which events are kept.
  public EventStore.Kept kept() {
    return store.kept();
  }

  /// The events behind that number, oldest first, at most `limit`.
  public List<Event> after(long seq, int limit) {
    return store.after(seq, limit);
  }

  /// How many events wait for their subscribers.
  public int waiting() {
    return committed.size();
  }

  private void dispatch() {
    for (Runnable next = committed.poll(); next != null; next = committed.poll()) {
      next.run();
    }
  }

  private void tell(Event event) {
    for (Subscriber subscriber : subscribers) {
      try {
        subscriber.on(event);
      } catch (RuntimeException e) {
        failures.accept(event, e);
      }
    }
  }

  private void enqueue(Runnable telling) {
    committed.add(telling);
    dispatcher.run(this::dispatch);
  }

  /// Drops events older than `kept`, in small transactions. Called now and then by the server.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteBefore(before, TIDY_BATCH));
    } while (deleted == TIDY_BATCH);
  }

  /// Returns when subscribers have been told of everything emitted before.
  @Override
  public void close() {
    CountDownLatch told = new CountDownLatch(1);
    enqueue(told::countDown);
    try {
      told.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
