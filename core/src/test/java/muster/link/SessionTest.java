package muster.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import muster.device.DeviceState;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");

  private static final class NoLink implements Link {
    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public void probe() {}
  }

  private final Session session =
      new Session(
          new DeviceId("dev_1"),
          new NoLink(),
          "boot",
          DeviceState.NEVER_SEEN.connected("10.0.0.9", T));

  @Test
  void runSerially_calledDuringARun_runsOnceMoreAfterIt() throws InterruptedException {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Semaphore done = new Semaphore(0);
    Runnable task =
        () -> {
          assertThat(inside.incrementAndGet()).isEqualTo(1);
          entered.countDown();
          awaitQuietly(go);
          runs.incrementAndGet();
          inside.decrementAndGet();
          done.release();
        };
    session.runSerially(task);
    assertThat(entered.await(5, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 10; i++) {
      session.runSerially(task);
    }
    go.countDown();
    assertThat(done.tryAcquire(2, 5, TimeUnit.SECONDS)).isTrue();
    assertThat(runs).hasValue(2);
  }

  @Test
  void runSerially_byManyThreads_neverMissesTheLastCall() throws InterruptedException {
    AtomicInteger wanted = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    for (int round = 0; round < 200; round++) {
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            Thread.startVirtualThread(() -> {
              wanted.incrementAndGet();
              session.runSerially(() -> seen.set(wanted.get()));
            });
      }
      for (Thread thread : threads) {
        thread.join();
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      while (seen.get() != wanted.get() && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(seen.get()).isEqualTo(wanted.get());
    }
  }

  /// A failed run (the store could not write for a moment) once stopped all deliveries for as long
  /// as the device stayed connected.
  @Test
  void runSerially_afterARunThatFailed_runsAgain() throws InterruptedException {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    CountDownLatch reported = new CountDownLatch(1);
    Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> reported.countDown());
    try {
      session.runSerially(() -> {
        throw new IllegalStateException("the store can't write now");
      });
      assertThat(reported.await(5, TimeUnit.SECONDS)).isTrue();
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    CountDownLatch ran = new CountDownLatch(1);
    session.runSerially(ran::countDown);
    assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void takeChange_afterTheEnd_isEmpty() {
    session.heard(T.plusSeconds(1), Optional.empty());
    assertThat(session.hasChange()).isTrue();
    assertThat(session.takeChange()).isPresent();
    assertThat(session.takeChange()).as("once").isEmpty();
    session.heard(T.plusSeconds(2), Optional.empty());
    assertThat(session.end()).isTrue();
    assertThat(session.end()).as("twice").isFalse();
    assertThat(session.hasChange()).isFalse();
    assertThat(session.takeChange()).isEmpty();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      if (!latch.await(5, TimeUnit.SECONDS)) {
        throw new IllegalStateException("waited for too long");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
