package muster.enrollment;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Where enrolment tokens are kept.
public interface EnrollmentStore {
  void insert(Enrollment enrollment);

  Optional<Enrollment> find(String id);

  /// Unused and not expired at `now`, newest first.
  List<Enrollment> open(Instant now);

  /// Stores that the token was used; called inside the transaction that found it usable.
  void markUsed(Enrollment enrollment);

  boolean delete(String id);

  /// Removes what expired before `before`; returns how many.
  int deleteExpired(Instant before);
}
