package muster.link;

/// Time that only goes on: nanoseconds from some start, never set, as [System#nanoTime()]. What
/// somebody does to the wall clock while the server runs must not make a fleet offline.
@FunctionalInterface
public interface Elapsed {
  long nanos();
}
