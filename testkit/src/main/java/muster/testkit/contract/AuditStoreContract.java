package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.audit.AuditChain;
import muster.audit.AuditEntry;
import muster.audit.AuditHead;
import muster.audit.AuditQuery;
import muster.audit.AuditStore;
import muster.tx.Transactions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What [AuditStore] promises.
public abstract class AuditStoreContract {
  private static final Instant T = Samples.T;
  private static final AuditQuery ALL = AuditQuery.ALL;

  protected abstract Transactions transactions();

  protected abstract AuditStore store();

  private static AuditEntry entry(Instant at, String actor, String action, String target) {
    return new AuditEntry(
        0,
        at,
        actor,
        "id of " + actor,
        action,
        target,
        AuditEntry.Outcome.OK,
        "kvmfleet",
        "::1",
        "req_1",
        new TreeMap<>(Map.of("name", Samples.ODD, "b", "", "a", "x")));
  }

  private void append(AuditEntry... entries) {
    transactions()
        .write(() -> {
          for (AuditEntry entry : entries) {
            store().append(entry);
          }
          return true;
        });
  }

  private List<Long> find(AuditQuery query) {
    return store().find(query, Optional.empty(), 100).stream()
        .map(row -> row.entry().seq())
        .toList();
  }

  private void requireChain(int rows) {
    String head = "";
    long seq = 0;
    for (AuditStore.Row row : store().after(0, 1000)) {
      assertThat(row.entry().seq()).isEqualTo(++seq);
      assertThat(AuditChain.hash(head, row.entry())).as("row %d", seq).isEqualTo(row.hash());
      head = row.hash();
    }
    assertThat(seq).isEqualTo(rows);
  }

  @Test
  public void append_numbersFromOneAndChains() {
    append(entry(T, "key:ci", "device.update", "dev_1"));
    append(entry(T, "key:ci", "device.delete", "dev_1"), entry(T, "server", "key.create", "key_1"));
    requireChain(3);
    AuditStore.Row first = store().after(0, 1).getFirst();
    assertThat(first.entry()).isEqualTo(entry(T, "key:ci", "device.update", "dev_1").withSeq(1));
  }

  /// Some of it is said by strangers: the name of a failed log-in. What the store gives back must
  /// be what was hashed, or a stranger could break the chain.
  @Test
  public void append_hostileTexts_keepTheChainWhole() {
    List<String> hostile =
        List.of(
            "",
            "\u0000",
            "a\u0000b",
            "\ud800",
            "x\udc00y",
            "\ufeff",
            "\uffff",
            "'; drop table--",
            "\r\n",
            "😀".repeat(1000),
            "{\"a\":1}",
            "\u2028");
    List<AuditEntry> entries = new ArrayList<>();
    for (String text : hostile) {
      entries.add(
          new AuditEntry(
              0,
              T.plusNanos(999_999),
              text,
              text,
              text,
              text,
              AuditEntry.Outcome.DENIED,
              text,
              text,
              text,
              new TreeMap<>(Map.of("key " + text, text))));
    }
    append(entries.toArray(AuditEntry[]::new));
    requireChain(hostile.size());
  }

  @Test
  public void append_undone_leavesNoGap() {
    append(entry(T, "a", "x", "1"));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() ->
            transactions()
                .write(() -> {
                  store().append(entry(T, "a", "x", "2"));
                  throw new IllegalArgumentException("undo");
                }));
    append(entry(T, "a", "x", "3"));
    requireChain(2);
  }

  @Test
  public void find_eachCriterion_narrows() {
    append(
        entry(T, "user:anna", "device.update", "dev_1"),
        entry(T.plusMillis(1), "user:anna", "device.delete", "dev_2"),
        entry(T.plusMillis(2), "key:ci", "device_x", "dev_1"),
        entry(T.plusMillis(3), "key:ci", "key.create", "50%_"));
    assertThat(find(ALL)).containsExactly(4L, 3L, 2L, 1L);
    assertThat(find(with("user:anna", null, null))).containsExactly(2L, 1L);
    assertThat(find(with("id of key:ci", null, null))).containsExactly(4L, 3L);
    assertThat(find(with(null, "device.delete", null))).containsExactly(2L);
    assertThat(find(with(null, "device.*", null))).containsExactly(2L, 1L);
    assertThat(find(with(null, "device_*", null))).containsExactly(3L);
    assertThat(find(with(null, "*", null))).hasSize(4);
    assertThat(find(with(null, null, "dev_1"))).containsExactly(3L, 1L);
    assertThat(find(with(null, null, "50%_"))).containsExactly(4L);
    assertThat(find(with("user:anna", "device.*", "dev_2"))).containsExactly(2L);
    assertThat(find(between(T.plusMillis(1), T.plusMillis(3)))).containsExactly(3L, 2L);
  }

  private static AuditQuery with(
      @Nullable String actor, @Nullable String action, @Nullable String target) {
    return new AuditQuery(
        Optional.ofNullable(actor),
        Optional.ofNullable(action),
        Optional.ofNullable(target),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  @Test
  public void find_byOutcomeAndRequest_narrows() {
    AuditEntry asked = entry(T, "key:ci", "device.delete", "dev_1");
    append(
        asked,
        new AuditEntry(
            0,
            T,
            asked.actor(),
            asked.actorId(),
            asked.action(),
            asked.target(),
            AuditEntry.Outcome.DENIED,
            asked.surface(),
            asked.address(),
            "req_2",
            asked.detail()));
    assertThat(find(asking(Optional.of(AuditEntry.Outcome.OK), Optional.empty())))
        .containsExactly(1L);
    assertThat(find(asking(Optional.of(AuditEntry.Outcome.DENIED), Optional.empty())))
        .containsExactly(2L);
    assertThat(find(asking(Optional.empty(), Optional.of("req_1")))).containsExactly(1L);
    assertThat(find(asking(Optional.of(AuditEntry.Outcome.OK), Optional.of("req_2")))).isEmpty();
  }

  private static AuditQuery asking(
      Optional<AuditEntry.Outcome> outcome, Optional<String> requestId) {
    return new AuditQuery(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        outcome,
        requestId,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private static AuditQuery between(Instant since, Instant until) {
    return new AuditQuery(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(since),
        Optional.of(until),
        false);
  }

  @Test
  public void find_pageByPage_givesEachOnce() {
    for (int i = 0; i < 7; i++) {
      append(entry(T, "a", "x", "t" + i));
    }
    List<Long> seen = new ArrayList<>();
    Optional<Long> before = Optional.empty();
    while (true) {
      List<AuditStore.Row> rows = store().find(ALL, before, 3);
      if (rows.isEmpty()) {
        break;
      }
      rows.forEach(row -> seen.add(row.entry().seq()));
      before = Optional.of(rows.getLast().entry().seq());
    }
    assertThat(seen).containsExactly(7L, 6L, 5L, 4L, 3L, 2L, 1L);
  }

  @Test
  public void find_oldestFirst_goesOnBehindTheCursor() {
    for (int i = 0; i < 5; i++) {
      append(entry(T, "a", i == 2 ? "y" : "x", "t" + i));
    }
    AuditQuery oldest =
        new AuditQuery(
            Optional.empty(),
            Optional.of("x"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            true);
    assertThat(find(oldest)).containsExactly(1L, 2L, 4L, 5L);
    assertThat(store().find(oldest, Optional.of(1L), 2).stream().map(row -> row.entry().seq()))
        .containsExactly(2L, 4L);
  }

  @Test
  public void head_isTheLastRow() {
    assertThat(store().head()).isEqualTo(AuditHead.EMPTY);
    append(entry(T, "a", "x", "1"), entry(T, "a", "x", "2"));
    AuditStore.Row last = store().after(1, 1).getFirst();
    assertThat(store().head()).isEqualTo(new AuditHead(2, last.hash()));
  }

  @Test
  public void after_isOldestFirstAndBounded() {
    for (int i = 0; i < 5; i++) {
      append(entry(T, "a", "x", "t" + i));
    }
    assertThat(store().after(2, 2).stream().map(row -> row.entry().seq())).containsExactly(3L, 4L);
    assertThat(store().after(5, 10)).isEmpty();
  }
}
