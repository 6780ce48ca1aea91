package muster.event;

/// Hears of events after they are durable, one at a time and in their order, on a thread of
/// [Events]. Must return quickly; what it throws is reported and does not stop the others.
@FunctionalInterface
public interface Subscriber {
  void on(Event event);
}
