package muster.audit;

import java.time.InstantSource;
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
  private final InstantSource clock;

  /// The result of a verification: how many rows were read, the first row whose hash is wrong (if
  /// any), and the hash of the last row read.
  public record Verification(long checked, Optional<Long> firstBad, String head) {}

  public Audit(Transactions transactions, AuditStore store, InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.clock = clock;
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
      store.append(new AuditEntry(clock.instant(), caller, action, target, outcome, detail));
      return outcome;
    });
  }

  /// Newest first, at most `limit` rows.
  public List<AuditStore.Row> find(
      Caller caller, AuditQuery query, Optional<Long> before, int limit) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    return store.find(query, before, limit);
  }

  /// Reads the whole chain and names the first row that does not fit. A removed row shows as the
  /// one after it: its `seq` is not the next.
  public Verification verify(Caller caller) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    long checked = 0;
    String head = "";
    while (true) {
      List<AuditStore.Row> rows = store.after(checked, VERIFY_BATCH);
      for (AuditStore.Row row : rows) {
        long seq = row.entry().seq();
        if (seq != checked + 1 || !AuditChain.hash(head, row.entry()).equals(row.hash())) {
          return new Verification(checked, Optional.of(seq), head);
        }
        checked = seq;
        head = row.hash();
      }
      if (rows.size() < VERIFY_BATCH) {
        return new Verification(checked, Optional.empty(), head);
      }
    }
  }
}
