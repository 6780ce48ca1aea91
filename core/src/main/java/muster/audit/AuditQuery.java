package muster.audit;

import java.time.Instant;
import java.util.Optional;

/// What to look for; absent fields match everything. `actor` is a principal (`user:anna`, by name
/// or id); `action` is exact, or a prefix when it ends in `*`; `since` is inclusive, `until`
/// exclusive.
public record AuditQuery(
    Optional<String> actor,
    Optional<String> action,
    Optional<String> target,
    Optional<Instant> since,
    Optional<Instant> until) {}
