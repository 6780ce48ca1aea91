package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What [Transactions#afterCommit] promises; a part of [TransactionsContract].
public abstract class AfterCommitContract extends TransactionsRig {
  @Test
  public void afterCommit_runsOnceDurable_inOrder() {
    List<String> hooks = Collections.synchronizedList(new ArrayList<>());
    transactions()
        .write(() -> {
          transactions().afterCommit(() -> hooks.add("first: " + isThere("anna")));
          insert("anna");
          transactions()
              .write(() -> {
                transactions().afterCommit(() -> hooks.add("second"));
                return true;
              });
          assertThat(hooks).isEmpty();
          return true;
        });
    assertThat(hooks).containsExactly("first: true", "second");
  }

  @Test
  public void afterCommit_undone_neverRuns() {
    List<String> hooks = Collections.synchronizedList(new ArrayList<>());
    assertThatExceptionOfType(Own.class)
        .isThrownBy(() ->
            transactions()
                .write(() -> {
                  transactions().afterCommit(() -> hooks.add("never"));
                  return raise(new Own());
                }));
    transactions().write(() -> insert("anna"));
    assertThat(hooks).isEmpty();
  }

  @Test
  public void afterCommit_inASharedCommit_runsForThoseThatWorked_inTheirOrder()
      throws ExecutionException {
    CountDownLatch go = new CountDownLatch(1);
    final Future<String> held = hold(go);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    List<String> hooks = Collections.synchronizedList(new ArrayList<>());
    List<Future<String>> writes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String name = "user-" + i;
      boolean bad = i % 4 == 2;
      writes.add(
          start(() ->
              transactions()
                  .write(() -> {
                    transactions().afterCommit(() -> hooks.add(name));
                    if (bad) {
                      return raise(new Own());
                    }
                    order.add(name);
                    return insert(name);
                  })));
    }
    go.countDown();
    get(held);
    for (Future<String> write : writes) {
      var unused = catchThrowable(() -> get(write));
    }
    assertThat(order).hasSize(30);
    assertThat(hooks).isEqualTo(order);
  }

  @Test
  public void afterCommit_outside_runsAtOnce() {
    AtomicInteger ran = new AtomicInteger();
    transactions().afterCommit(ran::incrementAndGet);
    assertThat(ran).hasValue(1);
  }

  @Test
  public void afterCommit_hookThatThrows_stopsNeitherTheOthersNorTheWriter() {
    List<String> hooks = Collections.synchronizedList(new ArrayList<>());
    transactions()
        .write(() -> {
          transactions().afterCommit(() -> raise(new Own()));
          transactions().afterCommit(() -> raise(new OwnError()));
          transactions().afterCommit(() -> hooks.add("ran"));
          return insert("anna");
        });
    assertThat(hooks).containsExactly("ran");
    transactions().write(() -> insert("bert"));
    assertThat(users().list()).hasSize(2);
  }

  /// A hook runs outside of any transaction: a write there would be half of one.
  @Test
  public void afterCommit_hookThatWrites_isRefused() {
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    List<String> late = Collections.synchronizedList(new ArrayList<>());
    transactions()
        .write(() -> {
          transactions()
              .afterCommit(() -> {
                thrown.add(catchThrowable(() -> transactions().write(() -> insert("bert"))));
                thrown.add(catchThrowable(() -> insert("carl")));
                transactions().afterCommit(() -> late.add("at once"));
                thrown.add(new IllegalStateException(late.toString()));
              });
          return insert("anna");
        });
    assertThat(thrown).hasSize(3).allMatch(IllegalStateException.class::isInstance);
    assertThat(thrown.getLast()).hasMessage("[at once]");
    assertThat(users().list()).hasSize(1);
  }
}
