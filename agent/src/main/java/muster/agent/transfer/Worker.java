package muster.agent.transfer;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import muster.agent.log.Log;
import muster.agent.net.Backoff;
import muster.agent.policy.DeniedException;
import org.jspecify.annotations.Nullable;

/// One transfer from its beginning to its end, over as many connections as it takes. Runs on a
/// thread of its own; the other methods may be called by any.
final class Worker implements Runnable {
  private final String id;
  private final Work work;
  private final ServerFiles server;
  private final Runnable discard;
  private final Log log;
  private final Semaphore nudge = new Semaphore(0);
  private Optional<String> failure = Optional.empty();
  private boolean progress;
  private @Nullable Thread thread;
  private boolean stopped;
  private volatile boolean unwanted;

  /// @param discard removes what there is of it
  Worker(String id, Work work, ServerFiles server, Runnable discard, Log log) {
    this.id = id;
    this.work = work;
    this.server = server;
    this.discard = discard;
    this.log = log;
  }

  @Override
  public void run() {
    try {
      if (begin()) {
        carry();
      }
    } catch (InterruptedException e) {
      // Cancelled, or the agent ends.
    } finally {
      end();
    }
  }

  private void carry() throws InterruptedException {
    Backoff backoff = new Backoff(new Random(), System::nanoTime);
    while (true) {
      progress = false;
      Duration wait;
      try {
        if (attempt()) {
          return;
        }
        wait = Duration.ZERO;
      } catch (EndedException e) {
        log.info(id + ": dropped: " + e.getMessage());
        unwanted = true;
        return;
      } catch (RefusedException e) {
        log.warn(id + ": left as it is: " + e.getMessage());
        return;
      } catch (LaterException e) {
        wait = backoff.after(e.after());
      } catch (LinkException e) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        if (progress) {
          backoff = new Backoff(new Random(), System::nanoTime);
        }
        wait = backoff.next();
        log.info(id + ": interrupted: " + Log.reason(e));
      }
      nudge.drainPermits();
      if (nudge.tryAcquire(wait.toNanos(), TimeUnit.NANOSECONDS)) {
        backoff = new Backoff(new Random(), System::nanoTime);
      }
    }
  }

  /// Whether it has come to its end, good or bad, and the server knows.
  private boolean attempt() throws LinkException, InterruptedException {
    if (failure.isPresent()) {
      server.failed(id, failure.get());
      log.warn(id + ": failed: " + failure.get());
      unwanted = true;
      return true;
    }
    try {
      work.run(() -> progress = true);
      log.info(id + ": completed");
      return true;
    } catch (FileException e) {
      failure = Optional.of(Log.reason(e));
    } catch (DeniedException e) {
      failure = Optional.of("denied by the device's policy: " + e.getMessage());
    } catch (RuntimeException e) {
      log.error(id + ": " + e);
      failure = Optional.of("the agent failed: " + e);
    }
    return false;
  }

  /// The server is there again.
  void nudge() {
    nudge.release();
  }

  /// Ends it; what there is of it is removed.
  void cancel() {
    unwanted = true;
    stop();
  }

  /// Ends it for now.
  synchronized void stop() {
    stopped = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private synchronized boolean begin() {
    if (!stopped) {
      thread = Thread.currentThread();
    }
    return !stopped;
  }

  private void end() {
    synchronized (this) {
      thread = null;
      Thread.interrupted();
    }
    if (unwanted) {
      discard.run();
    }
  }
}
