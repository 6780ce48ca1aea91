package muster.testkit.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/// Virtual time: what is due happens in its order, and between two things no time passes. Whatever
/// is random comes from one generator, so a seed decides everything.
final class Timeline {
  static final Instant START = Instant.parse("2026-04-15T14:30:00Z");

  private record Task(long at, long number, Runnable action) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
    }
  }

  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private final SplittableRandom random;
  private final boolean traced;
  private final List<String> trace = new ArrayList<>();
  private final Map<String, String> names = new LinkedHashMap<>();
  private long nanos;
  private long numbers;

  Timeline(long seed, boolean traced) {
    random = new SplittableRandom(seed);
    this.traced = traced;
  }

  long nanos() {
    return nanos;
  }

  Instant now() {
    return START.plusNanos(nanos);
  }

  SplittableRandom random() {
    return random;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /// Between nothing and `longest`.
  Duration upTo(Duration longest) {
    return Duration.ofNanos(random.nextLong(longest.toNanos() + 1));
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  void after(Duration delay, Runnable action) {
    at(nanos + delay.toNanos(), action);
  }

  void at(long when, Runnable action) {
    tasks.add(new Task(Math.max(when, nanos), numbers++, action));
  }

  /// Lets time pass up to then.
  void runUntil(long end) {
    for (Task next = tasks.peek(); next != null && next.at <= end; next = tasks.peek()) {
      tasks.remove();
      nanos = next.at;
      next.action.run();
    }
    nanos = Math.max(nanos, end);
  }

  void runFor(Duration time) {
    runUntil(nanos + time.toNanos());
  }

  void note(String format, Object... args) {
    if (traced) {
      trace.add("%9.3f ".formatted(nanos / 1e9) + format.formatted(args));
    }
  }

  /// A short name for an id, the same in every run of a seed.
  String name(String id) {
    return names.computeIfAbsent(id, any -> "c" + (names.size() + 1));
  }

  /// What was noted, with names for ids.
  List<String> trace() {
    return trace.stream().map(this::named).toList();
  }

  private String named(String line) {
    String named = line;
    for (Map.Entry<String, String> name : names.entrySet()) {
      named = named.replace(name.getKey(), name.getValue());
    }
    return named;
  }
}
