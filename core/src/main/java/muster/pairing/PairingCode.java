package muster.pairing;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import muster.enrollment.Use;

/// A pairing code as it is stored, without the code: [PairingSecrets] knows it by the id.
///
/// @param makerId [muster.auth.Caller#principalId()] of who made it
/// @param autoApprove whether its device is approved at once; absent = as the server's setting says
/// @param failuresBefore how many wrong codes the server had been shown when it was made
/// @param voidedAt when somebody had guessed too often
public record PairingCode(
    String id,
    String makerId,
    Optional<Boolean> autoApprove,
    long failuresBefore,
    Instant createdAt,
    Instant expiresAt,
    Optional<Use> use,
    Optional<Instant> voidedAt) {
  /// How many wrong codes in all a code outlives (F031): who guesses blindly meets a given code
  /// with a chance of 30 in a million.
  static final int FAILURES = 30;

  /// What has become of a code.
  public enum Status {
    OPEN,
    USED,
    EXPIRED,
    VOID;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Status status(Instant now) {
    if (use.isPresent()) {
      return Status.USED;
    }
    if (voidedAt.isPresent()) {
      return Status.VOID;
    }
    boolean isFromTheFuture = createdAt.isAfter(now.plus(Pairings.CODE_LIFE)); // the clock was set
    return now.isBefore(expiresAt) && !isFromTheFuture ? Status.OPEN : Status.EXPIRED;
  }

  public boolean isOpen(Instant now) {
    return status(now) == Status.OPEN;
  }

  /// Whether the server has been shown too many wrong codes since this one was made.
  ///
  /// @param failures how many wrong codes the server has ever been shown
  boolean isSpent(long failures) {
    return failures - failuresBefore >= FAILURES;
  }

  public PairingCode usedBy(Use newUse) {
    return new PairingCode(
        id,
        makerId,
        autoApprove,
        failuresBefore,
        createdAt,
        expiresAt,
        Optional.of(newUse),
        voidedAt);
  }
}
