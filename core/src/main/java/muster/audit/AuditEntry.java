package muster.audit;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// One row of the audit log. `seq` counts from 1 without gaps. `actor` is the principal as people
/// read it, `actorId` what stays when names change. `target` is an id or a name; `detail` holds
/// flat facts and never a secret.
public record AuditEntry(
    long seq,
    Instant at,
    String actor,
    String actorId,
    String action,
    String target,
    Outcome outcome,
    String surface,
    String address,
    String requestId,
    SortedMap<String, String> detail) {

  public enum Outcome {
    OK,
    DENIED
  }

  public AuditEntry {
    detail = Collections.unmodifiableSortedMap(new TreeMap<>(detail));
  }

  AuditEntry(
      Instant at,
      muster.auth.Caller caller,
      String action,
      String target,
      Outcome outcome,
      Map<String, String> detail) {
    this(
        0,
        at,
        caller.principal(),
        caller.principalId(),
        action,
        target,
        outcome,
        caller.origin().surface(),
        caller.origin().address(),
        caller.origin().requestId(),
        new TreeMap<>(detail));
  }

  public AuditEntry withSeq(long newSeq) {
    return new AuditEntry(
        newSeq, at, actor, actorId, action, target, outcome, surface, address, requestId, detail);
  }
}
