package muster.testkit.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.tx.Transactions;

/// Transactions over maps: each change brings its own undoing. The program may die before and after
/// each commit; what was committed stays. For one thread.
final class MemoryTransactions implements Transactions {
  private final FailPoint failPoint;
  private final Deque<Runnable> undo = new ArrayDeque<>();
  private final List<Runnable> hooks = new ArrayList<>();
  private boolean inside;
  private boolean broken;
  private boolean refusing;

  MemoryTransactions(FailPoint failPoint) {
    this.failPoint = failPoint;
  }

  /// From now on every write is refused, as by a full disk, or none.
  void refuse(boolean all) {
    refusing = all;
  }

  /// How to take back what is done next.
  void undoBy(Runnable undoing) {
    if (!inside) {
      throw new IllegalStateException("a write outside of a transaction");
    }
    undo.push(undoing);
  }

  @Override
  public <T> T write(Supplier<T> work) {
    if (inside) {
      return joined(work);
    }
    if (refusing) {
      throw new Fault(FaultCode.UNAVAILABLE, "the store can't write now");
    }
    inside = true;
    broken = false;
    T result;
    try {
      result = work.get();
      if (broken) {
        throw new IllegalStateException("a part of the transaction failed");
      }
      failPoint.pass("before commit");
    } catch (RuntimeException | Error e) {
      undo.forEach(Runnable::run);
      hooks.clear();
      throw e;
    } finally {
      undo.clear();
      inside = false;
    }
    List<Runnable> committed = List.copyOf(hooks);
    hooks.clear();
    failPoint.pass("after commit");
    committed.forEach(Runnable::run);
    return result;
  }

  private <T> T joined(Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException | Error e) {
      broken = true;
      throw e;
    }
  }

  @Override
  public void afterCommit(Runnable action) {
    if (inside) {
      hooks.add(action);
    } else {
      action.run();
    }
  }
}
