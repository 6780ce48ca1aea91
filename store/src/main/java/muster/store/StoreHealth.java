package muster.store;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether the store can be trusted with the next write. Shared by the writer and the readers; its
/// state is one reference.
///
/// A full disk passes: each write tries anew, and the first that succeeds ends the trouble. A
/// failed read, write or sync does not: after a failed fsync the kernel may have thrown the data
/// away and say success the next time. So the store stays dead, `onDeath` is told once, and the
/// server's program ends there; a new start recovers from what really is in the file.
final class StoreHealth {
  private static final Logger log = LoggerFactory.getLogger(StoreHealth.class);

  private enum State {
    WELL,
    FULL,
    DEAD
  }

  private final AtomicReference<State> state = new AtomicReference<>(State.WELL);
  private final Consumer<StoreException> onDeath;

  StoreHealth(Consumer<StoreException> onDeath) {
    this.onDeath = onDeath;
  }

  /// @throws Fault UNAVAILABLE once the store is dead
  void requireAlive() {
    if (state.get() == State.DEAD) {
      throw dead();
    }
  }

  /// A commit went through.
  void succeeded() {
    if (state.compareAndSet(State.FULL, State.WELL)) {
      log.info("the store can write again");
    }
  }

  /// What the callers are told when a commit, or a statement on its way, failed.
  Fault failed(RuntimeException problem, int writes) {
    Optional<StoreException> cause =
        problem instanceof StoreException known ? Optional.of(known) : Optional.empty();
    return switch (cause.map(StoreException::kind).orElse(StoreException.Kind.STATEMENT)) {
      case FULL -> {
        if (state.compareAndSet(State.WELL, State.FULL)) {
          log.error(
              "the disk is full: {} writes were refused, and so is every further one until there is"
                  + " room",
              writes,
              problem);
        }
        yield full();
      }
      case BROKEN -> {
        die(cause.orElseThrow());
        yield dead();
      }
      case STATEMENT -> {
        log.error("a commit failed: nothing of {} writes was stored", writes, problem);
        yield unavailable("the store can't write now");
      }
    };
  }

  /// A read failed; only what says that the file is broken matters to others.
  void readFailed(StoreException problem) {
    if (problem.kind() == StoreException.Kind.BROKEN) {
      die(problem);
    }
  }

  private void die(StoreException problem) {
    if (state.getAndSet(State.DEAD) != State.DEAD) {
      log.error("the store failed: nothing is read or written any more until a new start", problem);
      onDeath.accept(problem);
    }
  }

  boolean isFull() {
    return state.get() == State.FULL;
  }

  private static Fault full() {
    return unavailable("the store can't write now: the disk is full");
  }

  private static Fault dead() {
    return unavailable("the store has failed and the server must be started anew");
  }

  private static Fault unavailable(String message) {
    return new Fault(
        FaultCode.UNAVAILABLE,
        message,
        Map.of(Fault.REASON, "store_unavailable", Fault.RETRY_AFTER_SECONDS, "5"));
  }
}
