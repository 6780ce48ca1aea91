package muster.event;

/// Part of a deed that belongs to another feature: runs inside the transaction of the event, and
/// undoes it by throwing.
@FunctionalInterface
public interface Reactor {
  void react(Event event);
}
