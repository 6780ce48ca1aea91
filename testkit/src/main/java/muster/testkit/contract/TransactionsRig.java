package muster.testkit.contract;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import muster.account.UserStore;
import muster.tx.Transactions;

/// Writers that wait for each other, and users as what is written.
abstract class TransactionsRig {
  static final long WAIT_SECONDS = 60;

  protected abstract Transactions transactions();

  protected abstract UserStore users();

  /// Closes the store as the server does when it stops.
  protected abstract void close();

  /// Opens the store again on what [#close()] left.
  protected abstract void reopen();

  String insert(String username) {
    users().insert(UserStoreContract.user(username));
    return username;
  }

  boolean isThere(String username) {
    return users().find(username).isPresent();
  }

  static <T> Future<T> start(Supplier<T> work) {
    FutureTask<T> task = new FutureTask<>(work::get);
    Thread.ofVirtual().start(task);
    return task;
  }

  static <T> T get(Future<T> future) throws ExecutionException {
    try {
      return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("hangs", e);
    }
  }

  static void await(CountDownLatch latch) {
    try {
      if (!latch.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("waited for too long");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Keeps the writer busy until `go`, so that what comes meanwhile is committed together.
  Future<String> hold(CountDownLatch go) {
    CountDownLatch entered = new CountDownLatch(1);
    Future<String> held =
        start(() ->
            transactions()
                .write(() -> {
                  entered.countDown();
                  await(go);
                  return "held";
                }));
    await(entered);
    return held;
  }

  static final class Own extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  static final class OwnError extends Error {
    private static final long serialVersionUID = 1L;
  }

  static String raise(Throwable problem) {
    if (problem instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) problem;
  }
}
