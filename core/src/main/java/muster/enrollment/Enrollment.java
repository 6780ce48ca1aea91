package muster.enrollment;

import java.time.Instant;
import java.util.Optional;
import java.util.SortedSet;

/// A single-use enrolment token as it is stored. `hash` is that of the token; `use` is there once a
/// machine has registered with it.
public record Enrollment(
    String id,
    String hash,
    Optional<String> suggestedName,
    SortedSet<String> suggestedTags,
    String createdBy,
    Instant createdAt,
    Instant expiresAt,
    Optional<Use> use) {

  public Enrollment usedBy(Use newUse) {
    return new Enrollment(
        id,
        hash,
        suggestedName,
        suggestedTags,
        createdBy,
        createdAt,
        expiresAt,
        Optional.of(newUse));
  }
}
