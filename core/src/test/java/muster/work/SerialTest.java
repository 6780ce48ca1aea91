package muster.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SerialTest {
  private final Serial serial = new Serial(task -> Thread.startVirtualThread(task));

  @Test
  void run_executorThatWaits_makesOneTaskOfManyRequests() {
    List<Runnable> waiting = new ArrayList<>();
    AtomicInteger runs = new AtomicInteger();
    Serial held = new Serial(waiting::add);
    held.run(runs::incrementAndGet);
    held.run(runs::incrementAndGet);
    assertThat(waiting).hasSize(1);
    waiting.removeFirst().run();
    assertThat(runs).hasValue(1);
    held.run(runs::incrementAndGet);
    assertThat(waiting).hasSize(1);
  }

  @Test
  void run_calledDuringARun_runsOnceMoreAfterIt() throws InterruptedException {
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
    serial.run(task);
    assertThat(entered.await(5, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 10; i++) {
      serial.run(task);
    }
    go.countDown();
    assertThat(done.tryAcquire(2, 5, TimeUnit.SECONDS)).isTrue();
    assertThat(runs).hasValue(2);
  }

  @Test
  void run_byManyThreads_neverMissesTheLastCall() throws InterruptedException {
    AtomicInteger wanted = new AtomicInteger();
    AtomicInteger seen = new AtomicInteger();
    for (int round = 0; round < 200; round++) {
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        threads[i] =
            Thread.startVirtualThread(() -> {
              wanted.incrementAndGet();
              serial.run(() -> seen.set(wanted.get()));
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
  void run_afterARunThatFailed_runsAgain() throws InterruptedException {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    CountDownLatch reported = new CountDownLatch(1);
    Thread.setDefaultUncaughtExceptionHandler((thread, problem) -> reported.countDown());
    try {
      serial.run(() -> {
        throw new IllegalStateException("the store can't write now");
      });
      assertThat(reported.await(5, TimeUnit.SECONDS)).isTrue();
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
    CountDownLatch ran = new CountDownLatch(1);
    serial.run(ran::countDown);
    assertThat(ran.await(5, TimeUnit.SECONDS)).isTrue();
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
