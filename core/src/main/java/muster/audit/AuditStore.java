package muster.audit;

import java.util.List;
import java.util.Optional;

/// Where audit rows are kept. Rows are only ever added.
public interface AuditStore {
  /// An entry with the hash stored beside it.
  record Row(AuditEntry entry, String hash) {}

  /// Adds a row after the last one, giving it the next `seq` and its hash. Inside a write
  /// transaction. Returns the new head.
  AuditHead append(AuditEntry entry);

  /// The last row's number and hash.
  AuditHead head();

  /// The rows that match, at most `limit`, in the query's order from behind the row `cursor`.
  List<Row> find(AuditQuery query, Optional<Long> cursor, int limit);

  /// Oldest first: at most `limit` rows with `seq` above `after`.
  List<Row> after(long after, int limit);
}
