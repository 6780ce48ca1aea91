package muster.account;

import java.time.Instant;
import java.util.Optional;
import muster.auth.Role;
import muster.id.RandomIds;

/// Somebody who logs in. `id` is who it is: random, kept for life and never given to another, so
/// that who is made later under a deleted user's name inherits nothing of theirs. `username` is
/// 1–64 characters of `a–z 0–9 . _ -`, lower case, for logging in and for display.
public record User(
    String id,
    String username,
    String passwordHash,
    Role role,
    boolean disabled,
    Instant createdAt,
    Optional<Instant> lastLoginAt) {

  static User made(String username, String passwordHash, Role role, Instant now) {
    return new User(
        RandomIds.next("usr"), username, passwordHash, role, false, now, Optional.empty());
  }

  User loggedInAt(Instant now) {
    return new User(id, username, passwordHash, role, disabled, createdAt, Optional.of(now));
  }

  /// Whether this user could act as owner now.
  boolean isActiveOwner() {
    return role == Role.OWNER && !disabled;
  }
}
