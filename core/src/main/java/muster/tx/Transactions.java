package muster.tx;

import java.util.function.Supplier;
import muster.fault.Fault;

/// Runs work in a write transaction. Safe for use by many threads.
public interface Transactions {
  /// Runs `work` and returns its result once it is durable: after a return, not even the loss of
  /// power takes the change back. When `work` throws, its changes are undone and the exception goes
  /// to the caller. A call from inside a transaction joins it: when its work throws, the whole
  /// transaction is undone, even if the exception is caught on the way.
  ///
  /// `work` runs alone (one writer), so it must be short and must not wait for anything but the
  /// store: no network, no lock, no other thread.
  ///
  /// @throws Fault UNAVAILABLE when nothing can be stored now, or the server is stopping
  <T> T write(Supplier<T> work);

  /// Runs `action` after the present transaction has become durable, in the order of commits; never
  /// when it is undone. `action` must not block, throw or write. Outside a transaction it runs at
  /// once.
  void afterCommit(Runnable action);
}
