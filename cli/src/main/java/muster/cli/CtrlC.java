package muster.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Ctrl-C while a command is followed. The first asks the server to cancel it and leaves it some
/// seconds to end, the second ends the following at once.
///
/// Made by the thread that follows; that thread is interrupted when it is to give up. [#run] runs
/// on the signal's thread.
final class CtrlC implements Runnable {
  private static final int PATIENCE_SECONDS = 5;

  private final Session session;
  private final Thread following = Thread.currentThread();
  private final AtomicInteger presses = new AtomicInteger();
  private final CompletableFuture<String> command = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  CtrlC(Session session) {
    this.session = session;
  }

  /// The server has accepted the command.
  void watch(String id) {
    command.complete(id);
  }

  boolean pressed() {
    return presses.get() > 0;
  }

  /// There is nothing to wait for any more. Called by the thread that followed.
  void over() {
    ended.countDown();
    Thread.interrupted();
  }

  @Override
  public void run() {
    if (presses.incrementAndGet() > 1) {
      following.interrupt();
      return;
    }
    session.output().note("cancelling (Ctrl-C again to leave at once)");
    try {
      cancel(session.api(), command.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        session.output().note("the device has not confirmed the end yet");
        following.interrupt();
      }
    } catch (TimeoutException notEvenAccepted) {
      following.interrupt();
    } catch (ApiException | Failure e) {
      session.output().note("not cancelled: " + e.getMessage());
      following.interrupt();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Nothing to do when it has ended meanwhile.
  private static void cancel(Api api, String id) {
    try {
      api.post("/v1/commands/" + Query.encoded(id) + "/cancel", Json.object());
    } catch (ApiException e) {
      if (e.status() != 409) {
        throw e;
      }
    }
  }
}
