package muster.audit;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.tx.Transactions;

/// The audit log: features record what was done, administrators read and verify it.
public final class Audit {
  private static final int VERIFY_BATCH = 1000;

  private final Transactions transactions;
  private final AuditStore store;
  private final AuditAnchor anchor;
  private final InstantSource clock;

  /// The result of a verification: how many rows fit, the first row that does not (if any), the
  /// hash of the last row that fits, and what is wrong in a sentence, empty when nothing is.
  public record Verification(long checked, Optional<Long> firstBad, String head, String problem) {}

  public Audit(
      Transactions transactions, AuditStore store, AuditAnchor anchor, InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.anchor = anchor;
    this.clock = clock;
  }

  /// Without a head beside the store.
  public Audit(Transactions transactions, AuditStore store, InstantSource clock) {
    this(transactions, store, AuditAnchor.NONE, clock);
  }

  /// Records a deed as part of the present transaction.
  public void record(Caller caller, String action, String target, Map<String, String> detail) {
    append(caller, action, target, AuditEntry.Outcome.OK, detail);
  }

  /// Records that somebody was refused. In a transaction of its own: there is no deed.
  public void refused(Caller caller, String action, String target, Map<String, String> detail) {
    append(caller, action, target, AuditEntry.Outcome.DENIED, detail);
  }

  private void append(
      Caller caller,
      String action,
      String target,
      AuditEntry.Outcome outcome,
      Map<String, String> detail) {
    transactions.write(() -> {
      AuditHead head =
          store.append(new AuditEntry(clock.instant(), caller, action, target, outcome, detail));
      transactions.afterCommit(() -> anchor.note(head));
      return head;
    });
  }

  /// At most `limit` rows, from behind the row `cursor`.
  public List<AuditStore.Row> find(
      Caller caller, AuditQuery query, Optional<Long> cursor, int limit) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    return store.find(query, cursor, limit);
  }

  public Verification verify(Caller caller) {
    return verify(caller, Optional.empty());
  }

  /// Reads the whole chain and names the first row that does not fit. A removed row shows as the
  /// one after it, rows removed from the end as the first that is not there; the latter only by the
  /// head that is kept beside the store, or by `noted`, one that the caller kept.
  public Verification verify(Caller caller, Optional<AuditHead> noted) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    List<AuditHead> heads = new ArrayList<>(anchor.lost());
    anchor.head().ifPresent(heads::add);
    noted.ifPresent(heads::add);
    AuditVerifier verifier = new AuditVerifier(heads);
    while (true) {
      List<AuditStore.Row> rows = store.after(verifier.last().seq(), VERIFY_BATCH);
      for (AuditStore.Row row : rows) {
        if (!verifier.accept(row.entry(), row.hash())) {
          return verifier.result();
        }
      }
      if (rows.size() < VERIFY_BATCH) {
        return verifier.result();
      }
    }
  }

  /// Compares the log with the head kept beside the store, and puts on record what is wrong: that
  /// rows are gone, or that the head itself is. Called at start, before anything is recorded.
  ///
  /// @return what is wrong, for the server's own log
  public Optional<String> checkAnchor() {
    AuditHead head = store.head();
    Optional<AuditHead> noted = anchor.head();
    if (noted.isEmpty() && head.seq() == 0) {
      return Optional.empty();
    }
    if (noted.isEmpty()) {
      record(Caller.SERVER, "audit.anchor", "audit", Map.of("noted", "nothing"));
      return Optional.of(
          "the audit log has no noted head; from now on it has, beginning at " + head);
    }
    if (holds(noted.get())) {
      return Optional.empty();
    }
    anchor.keepAsLost();
    record(
        Caller.SERVER,
        "audit.broken",
        "audit",
        Map.of("noted", noted.get().toString(), "found", head.toString()));
    return Optional.of(
        "the audit log lost rows: its head was %s and is %s; see muster audit verify"
            .formatted(noted.get(), head));
  }

  private boolean holds(AuditHead noted) {
    return store.after(noted.seq() - 1, 1).stream()
        .anyMatch(row -> row.entry().seq() == noted.seq() && row.hash().equals(noted.hash()));
  }
}
