package muster.event;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// The one log of events. Shared by all threads; the queue between the writer and the dispatcher is
/// its only state, and no lock is held while a subscriber runs.
public final class Events implements AutoCloseable {
  private final Transactions transactions;
  private final EventStore store;
  private final InstantSource clock;
  private final List<Reactor> reactors = new CopyOnWriteArrayList<>();
  private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<Optional<Event>> committed = new LinkedBlockingQueue<>();
  private final Thread dispatcher;

  /// `failures` is told what a subscriber threw.
  public Events(
      Transactions transactions,
      EventStore store,
      InstantSource clock,
      BiConsumer<Event, RuntimeException> failures) {
    this.transactions = transactions;
    this.store = store;
    this.clock = clock;
    this.dispatcher = Thread.ofVirtual().name("events").start(() -> dispatch(failures));
  }

  /// Emits an event as part of the present transaction (or of one of its own).
  public void emit(String type, Optional<DeviceId> device, Map<String, String> body) {
    transactions.write(() -> {
      Event event = store.append(new Event(0, clock.instant(), type, device, body));
      reactors.forEach(reactor -> reactor.react(event));
      transactions.afterCommit(() -> committed.add(Optional.of(event)));
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

  private void dispatch(BiConsumer<Event, RuntimeException> failures) {
    try {
      for (var next = committed.take(); next.isPresent(); next = committed.take()) {
        Event event = next.get();
        for (Subscriber subscriber : subscribers) {
          try {
            subscriber.on(event);
          } catch (RuntimeException e) {
            failures.accept(event, e);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Tells subscribers what is queued, then stops.
  @Override
  public void close() {
    committed.add(Optional.empty());
    try {
      dispatcher.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
