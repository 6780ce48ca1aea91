package muster.audit;

import java.time.Instant;
import java.util.Optional;

/// What to look for; absent fields match everything. `actor` is a principal (`user:anna`, by name
/// or id); `action` is exact, or a prefix when it ends in `*`; `since` is inclusive, `until`
/// exclusive. Newest first unless `oldestFirst`.
public record AuditQuery(
    Optional<String> actor,
    Optional<String> action,
    Optional<String> target,
    Optional<AuditEntry.Outcome> outcome,
    Optional<String> requestId,
    Optional<Instant> since,
    Optional<Instant> until,
    boolean oldestFirst) {

  public static final AuditQuery ALL =
      new AuditQuery(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          false);
}
