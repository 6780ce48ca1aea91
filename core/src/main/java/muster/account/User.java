package muster.account;

import java.time.Instant;
import java.util.Optional;
import muster.auth.Role;

/// Somebody who logs in. `username` is 1–64 characters of `a–z 0–9 . _ -`, lower case.
public record User(
    String username,
    String passwordHash,
    Role role,
    boolean disabled,
    Instant createdAt,
    Optional<Instant> lastLoginAt) {}
