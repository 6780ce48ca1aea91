package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import muster.fault.Fault;
import muster.fault.FaultCode;
import org.junit.jupiter.api.Test;

/// What [Transactions] promises; users are what is written.
public abstract class TransactionsContract extends AfterCommitContract {
  @Test
  public void write_work_isThereAfterwards() {
    assertThat(transactions().<String>write(() -> insert("anna"))).isEqualTo("anna");
    assertThat(isThere("anna")).isTrue();
  }

  @Test
  public void write_insideItsWork_seesItsOwnChanges() {
    transactions()
        .write(() -> {
          insert("anna");
          assertThat(isThere("anna")).isTrue();
          assertThat(users().list()).hasSize(1);
          return true;
        });
  }

  @Test
  public void write_notCommittedYet_isSeenByNobodyElse() throws ExecutionException {
    CountDownLatch inserted = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    Future<String> writing =
        start(() ->
            transactions()
                .write(() -> {
                  insert("anna");
                  inserted.countDown();
                  await(go);
                  return "done";
                }));
    await(inserted);
    assertThat(isThere("anna")).isFalse();
    go.countDown();
    get(writing);
    assertThat(isThere("anna")).isTrue();
  }

  @Test
  public void write_outsideOfATransaction_isRefused() {
    assertThatIllegalStateException().isThrownBy(() -> insert("anna"));
    assertThat(isThere("anna")).isFalse();
  }

  @Test
  public void write_workThatThrows_isUndoneAndThrowsTheSame() {
    List<Throwable> thrown =
        List.of(
            new Own(),
            new OwnError(),
            new Fault(FaultCode.NOT_FOUND, "nothing there"),
            new IllegalArgumentException("bad"));
    for (Throwable problem : thrown) {
      assertThat(
              catchThrowable(() ->
                  transactions()
                      .write(() -> {
                        insert("anna");
                        return raise(problem);
                      })))
          .isSameAs(problem);
      assertThat(isThere("anna")).isFalse();
    }
    transactions().write(() -> insert("anna"));
    assertThat(isThere("anna")).isTrue();
  }

  @Test
  public void write_refusedByTheStore_isUndoneAndTheNextOneWorks() {
    transactions().write(() -> insert("anna"));
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() ->
            transactions()
                .write(() -> {
                  insert("bert");
                  return insert("anna");
                }));
    assertThat(isThere("bert")).isFalse();
    transactions().write(() -> insert("carl"));
    assertThat(isThere("carl")).isTrue();
  }

  @Test
  public void write_oneOfManyThrows_leavesTheOthers() throws ExecutionException {
    CountDownLatch go = new CountDownLatch(1);
    final Future<String> held = hold(go);
    List<Future<String>> writes = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String name = "user-" + i;
      boolean bad = i % 3 == 1;
      writes.add(
          start(() ->
              transactions()
                  .write(() -> {
                    insert(name);
                    return bad ? raise(new Own()) : name;
                  })));
    }
    go.countDown();
    get(held);
    for (int i = 0; i < 30; i++) {
      Future<String> write = writes.get(i);
      if (i % 3 == 1) {
        assertThatExceptionOfType(ExecutionException.class)
            .isThrownBy(() -> get(write))
            .withCauseInstanceOf(Own.class);
      } else {
        assertThat(get(write)).isEqualTo("user-" + i);
      }
      assertThat(isThere("user-" + i)).isEqualTo(i % 3 != 1);
    }
  }

  @Test
  public void write_insideAnother_joinsIt() {
    assertThatExceptionOfType(Own.class)
        .isThrownBy(() ->
            transactions()
                .write(() -> {
                  insert("anna");
                  transactions().write(() -> transactions().write(() -> insert("bert")));
                  return raise(new Own());
                }));
    assertThat(users().list()).isEmpty();
    transactions()
        .write(() -> {
          insert("anna");
          return transactions().write(() -> insert("bert"));
        });
    assertThat(users().list()).hasSize(2);
  }

  /// Half a deed is worse than none: who swallows what a part threw can't keep the rest.
  @Test
  public void write_partThatThrewAndWasCaught_undoesAll() {
    List<String> hooks = Collections.synchronizedList(new ArrayList<>());
    assertThat(
            catchThrowable(() ->
                transactions()
                    .write(() -> {
                      insert("anna");
                      transactions().afterCommit(() -> hooks.add("told"));
                      try {
                        transactions()
                            .write(() -> {
                              insert("bert");
                              return raise(new Own());
                            });
                      } catch (Own e) {
                        insert("carl");
                      }
                      return "kept going";
                    })))
        .isInstanceOf(RuntimeException.class);
    assertThat(users().list()).isEmpty();
    assertThat(hooks).isEmpty();
    transactions().write(() -> insert("dora"));
    assertThat(isThere("dora")).as("the next one is not affected").isTrue();
  }

  @Test
  public void write_byManyThreads_losesNothing() throws ExecutionException {
    int threads = 24;
    int each = 40;
    AtomicInteger alone = new AtomicInteger();
    AtomicInteger hooks = new AtomicInteger();
    List<Future<Integer>> writers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      writers.add(
          start(() -> {
            for (int i = 0; i < each; i++) {
              String name = "t" + number + "-" + i;
              transactions()
                  .write(() -> {
                    assertThat(alone.incrementAndGet()).isEqualTo(1);
                    insert(name);
                    transactions().afterCommit(hooks::incrementAndGet);
                    alone.decrementAndGet();
                    return name;
                  });
              assertThat(isThere(name)).as("read your writes").isTrue();
            }
            return number;
          }));
    }
    for (Future<Integer> writer : writers) {
      get(writer);
    }
    assertThat(users().list()).hasSize(threads * each);
    assertThat(hooks).hasValue(threads * each);
  }

  @Test
  public void close_whileWritesCome_storesOrRefusesEach() throws ExecutionException {
    int threads = 8;
    List<String> stored = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch busy = new CountDownLatch(threads);
    List<Future<Throwable>> writers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int number = t;
      writers.add(
          start(() -> {
            for (int i = 0; ; i++) {
              String name = "t" + number + "-" + i;
              try {
                transactions().write(() -> insert(name));
                stored.add(name);
              } catch (RuntimeException e) {
                return e;
              }
              if (i == 5) {
                busy.countDown();
              }
            }
          }));
    }
    await(busy);
    close();
    for (Future<Throwable> writer : writers) {
      assertThat(get(writer))
          .isInstanceOfSatisfying(
              Fault.class, fault -> assertThat(fault.code()).isEqualTo(FaultCode.UNAVAILABLE));
    }
    reopen();
    assertThat(users().list().stream().map(user -> user.username()).toList())
        .containsExactlyInAnyOrderElementsOf(stored);
  }

  @Test
  public void close_twice_isHarmless_andAfterwardsAllIsUnavailable() throws ExecutionException {
    transactions().write(() -> insert("anna"));
    get(
        start(() -> {
          close();
          close();
          return true;
        }));
    for (Supplier<?> call :
        List.<Supplier<?>>of(
            () -> transactions().write(() -> insert("bert")), () -> users().find("anna"))) {
      assertThatExceptionOfType(Fault.class)
          .isThrownBy(call::get)
          .satisfies(fault -> assertThat(fault.code()).isEqualTo(FaultCode.UNAVAILABLE));
    }
  }
}
