package muster.device;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Whether a device may take part. Only an approved one connects and gets work.
public enum Approval {
  PENDING,
  APPROVED,
  DENIED,
  BLOCKED,
  REVOKED;

  /// What moves a device from one approval to another.
  public enum Step {
    APPROVE,
    DENY,
    BLOCK,
    UNBLOCK,
    /// Ends its credential; it may enrol again.
    REVOKE,
    /// Enrols again with a proof that yields a pending device (a pairing code), also an approved
    /// one: that it is the same machine it only says.
    REPAIR_PENDING,
    /// Enrols again with a proof that yields an approved device (an enrolment token). One that was
    /// denied may only ask again.
    REPAIR_APPROVED;

    /// As the audit log calls it.
    public String action() {
      return "device." + name().toLowerCase(Locale.ROOT);
    }

    /// Whether the device's credential is dead from then on. That of a blocked device is not: it is
    /// good again when the block is lifted.
    boolean endsCredential() {
      return this == DENY || this == REVOKE;
    }
  }

  private static final Map<Approval, Map<Step, Approval>> TABLE =
      Map.of(
          PENDING,
          Map.of(
              Step.APPROVE, APPROVED,
              Step.DENY, DENIED,
              Step.BLOCK, BLOCKED,
              Step.REPAIR_PENDING, PENDING,
              Step.REPAIR_APPROVED, APPROVED),
          APPROVED,
          Map.of(
              Step.REVOKE, REVOKED,
              Step.BLOCK, BLOCKED,
              Step.REPAIR_PENDING, PENDING,
              Step.REPAIR_APPROVED, APPROVED),
          DENIED,
          Map.of(
              Step.BLOCK, BLOCKED,
              Step.REPAIR_PENDING, PENDING,
              Step.REPAIR_APPROVED, PENDING),
          BLOCKED,
          Map.of(
              Step.BLOCK, BLOCKED,
              Step.UNBLOCK, APPROVED,
              Step.REVOKE, BLOCKED),
          REVOKED,
          Map.of(
              Step.BLOCK, BLOCKED,
              Step.REVOKE, REVOKED,
              Step.REPAIR_PENDING, PENDING,
              Step.REPAIR_APPROVED, APPROVED));

  /// The approval after `step`, or empty when it is not allowed from here.
  public Optional<Approval> after(Step step) {
    return Optional.ofNullable(TABLE.getOrDefault(this, Map.of()).get(step));
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
