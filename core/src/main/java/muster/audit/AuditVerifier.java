package muster.audit;

import java.util.Collection;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// Walks a log from its first row to its last and finds the first that does not fit: to the row
/// before it, to its own fields, or to a head that was noted earlier.
final class AuditVerifier {
  private final NavigableMap<Long, AuditHead> noted = new TreeMap<>();
  private AuditHead last = AuditHead.EMPTY;
  private Optional<Long> firstBad = Optional.empty();
  private String problem = "";

  AuditVerifier(Collection<AuditHead> noted) {
    noted.forEach(head -> this.noted.put(head.seq(), head));
  }

  AuditHead last() {
    return last;
  }

  /// The next row. Whether it fits; after one that does not, nothing more is wanted.
  boolean accept(AuditEntry entry, String hash) {
    long seq = entry.seq();
    if (seq != last.seq() + 1) {
      return bad(seq, "row %d follows row %d: what was between is gone".formatted(seq, last.seq()));
    }
    if (!AuditChain.hash(last.hash(), entry).equals(hash)) {
      return bad(
          seq, "row %d was changed, or put in: its hash does not fit its content".formatted(seq));
    }
    AuditHead here = new AuditHead(seq, hash);
    AuditHead known = noted.getOrDefault(seq, here);
    if (!known.equals(here)) {
      return bad(
          seq,
          "row %d is not the one that was noted as %s: the log was written anew"
              .formatted(seq, known));
    }
    last = here;
    return true;
  }

  private boolean bad(long seq, String why) {
    firstBad = Optional.of(seq);
    problem = why;
    return false;
  }

  /// What was found, now that there is no further row.
  Audit.Verification result() {
    Map.Entry<Long, AuditHead> known = noted.lastEntry();
    if (firstBad.isEmpty() && known != null && known.getKey() > last.seq()) {
      bad(
          last.seq() + 1,
          "rows %d to %d are gone: %s was noted as the head"
              .formatted(last.seq() + 1, known.getKey(), known.getValue()));
    }
    return new Audit.Verification(last.seq(), firstBad, last.hash(), problem);
  }
}
