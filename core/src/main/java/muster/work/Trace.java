package muster.work;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// What one request spends its time on, for those who may see it: its steps, and the statements the
/// store runs for it, without their values. Bound to the threads that work for the request; where
/// none is bound, nothing is noted. Shared by these threads; the lock is this object.
public final class Trace {
  private static final ScopedValue<Trace> CURRENT = ScopedValue.newInstance();
  private static final int MOST = 64;

  private final long began = System.nanoTime();
  private final List<Step> steps = new ArrayList<>();
  private int left;

  /// @param fromNanos since the trace began
  /// @param statement whether `what` is one of the store's
  public record Step(String what, boolean statement, long fromNanos, long nanos) {}

  /// Whether the present work is traced.
  public static boolean isOn() {
    return CURRENT.isBound();
  }

  /// Notes a statement that began at `fromNanos` of [System#nanoTime()] and has ended now.
  public static void statement(String sql, long fromNanos) {
    if (CURRENT.isBound()) {
      CURRENT.get().add(sql.strip().replaceAll("\\s+", " "), true, fromNanos);
    }
  }

  /// The work, traced by the present trace on whatever thread it runs.
  public static <T> Supplier<T> carried(Supplier<T> work) {
    if (!CURRENT.isBound()) {
      return work;
    }
    Trace present = CURRENT.get();
    return () -> ScopedValue.where(CURRENT, present).call(work::get);
  }

  /// Runs a step of the request.
  ///
  /// @throws X what it throws
  public <T, X extends Throwable> T step(String what, ScopedValue.CallableOp<T, X> work) throws X {
    long from = System.nanoTime();
    try {
      return ScopedValue.where(CURRENT, this).call(work);
    } finally {
      add(what, false, from);
    }
  }

  private synchronized void add(String what, boolean statement, long fromNanos) {
    if (steps.size() < MOST) {
      steps.add(new Step(what, statement, fromNanos - began, System.nanoTime() - fromNanos));
    } else {
      left++;
    }
  }

  /// In the order of their ends, 64 at most.
  public synchronized List<Step> steps() {
    return List.copyOf(steps);
  }

  /// How many more there were.
  public synchronized int leftOut() {
    return left;
  }

  /// Since it began.
  public long nanos() {
    return System.nanoTime() - began;
  }
}
