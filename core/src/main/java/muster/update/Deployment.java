package muster.update;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import muster.id.CommandId;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.id.UpdateId;
import muster.rollout.Plan;

/// An update on its way to devices, or those of another deployment on their way back.
///
/// @param reverts the deployment whose devices go back by this one; absent = it brings the update
/// @param batch that has its turn, from 1
/// @param batches how many there are
/// @param batchSince when that batch had its turn
/// @param lastEnd when the last device of that batch was through
/// @param message what was decided last, in words
/// @param requestedBy the principal, for people
/// @param requesterId the principal's lasting id, by which its right is looked up again
/// @param reason why it was begun, as somebody said; empty when nobody did
/// @param finishedAt when nothing was left to do
public record Deployment(
    DeploymentId id,
    UpdateId update,
    Optional<DeploymentId> reverts,
    Plan plan,
    Terms terms,
    Status status,
    int batch,
    int batches,
    Instant batchSince,
    Optional<Instant> lastEnd,
    String message,
    String requestedBy,
    String requesterId,
    String reason,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {

  public enum Status {
    RUNNING,
    /// Somebody stopped it for now, or must look at it.
    PAUSED,
    /// Somebody must say that it goes on.
    AWAITING_PROMOTION,
    COMPLETED,
    /// It stopped itself.
    FAILED,
    CANCELLED,
    /// Its devices go back.
    ROLLING_BACK,
    ROLLED_BACK;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Status ofWord(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /// Whether devices may still begin, sooner or later.
    public boolean isGoingOn() {
      return compareTo(AWAITING_PROMOTION) <= 0;
    }
  }

  /// One device of it.
  ///
  /// @param command by which it has been told
  /// @param from the version it ran before, once it has said so
  /// @param reason why it is where it is, in a word
  /// @param detail the same in words
  /// @param retries how often it was tried again
  public record Part(
      DeviceId device,
      int batch,
      At at,
      Optional<CommandId> command,
      Optional<String> from,
      Optional<String> reason,
      Optional<String> detail,
      int retries,
      Optional<Instant> startedAt,
      Optional<Instant> finishedAt) {

    /// Where a device stands; [muster.rollout.Tally] counts them.
    public enum At {
      PENDING,
      AWAY,
      RUNNING,
      SUCCEEDED,
      FAILED,
      LEFT_OUT,
      ROLLED_BACK;

      public String word() {
        return name().toLowerCase(Locale.ROOT);
      }

      public static At ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
      }
    }

    static Part pending(DeviceId device, int batch) {
      return new Part(
          device,
          batch,
          At.PENDING,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          0,
          Optional.empty(),
          Optional.empty());
    }

    Part running(CommandId by, Instant now) {
      return new Part(
          device,
          batch,
          At.RUNNING,
          Optional.of(by),
          from,
          Optional.empty(),
          Optional.empty(),
          retries,
          Optional.of(now),
          Optional.empty());
    }

    Part away() {
      return new Part(
          device,
          batch,
          At.AWAY,
          Optional.empty(),
          from,
          Optional.of("offline"),
          Optional.of("waits until the device is back"),
          retries,
          Optional.empty(),
          Optional.empty());
    }

    /// It is through.
    Part ended(At where, String why, String words, Instant now) {
      return new Part(
          device,
          batch,
          where,
          command,
          from,
          Optional.of(why).filter(text -> !text.isEmpty()),
          Optional.of(words).filter(text -> !text.isEmpty()),
          retries,
          startedAt,
          Optional.of(now));
    }

    Part from(Optional<String> version) {
      return new Part(
          device,
          batch,
          at,
          command,
          version.or(() -> from),
          reason,
          detail,
          retries,
          startedAt,
          finishedAt);
    }

    /// It has its turn once more.
    Part again(int inBatch) {
      return new Part(
          device,
          inBatch,
          At.PENDING,
          Optional.empty(),
          from,
          Optional.empty(),
          Optional.empty(),
          retries + 1,
          Optional.empty(),
          Optional.empty());
    }
  }

  /// Something that was decided, with all that was looked at.
  ///
  /// @param verdict what the health of the devices said, a line for each sign
  public record Note(Instant at, int batch, String decision, String why, String verdict) {}

  boolean isRollback() {
    return reverts.isPresent();
  }

  /// It is there now, and not finished (any more).
  Deployment with(Status newStatus, String why, Instant now) {
    return with(newStatus, batch, batchSince, lastEnd, why, now, Optional.empty());
  }

  Deployment finished(Status newStatus, String why, Instant now) {
    return with(newStatus, batch, batchSince, lastEnd, why, now, Optional.of(now));
  }

  Deployment inBatch(int number, String why, Instant now) {
    return with(Status.RUNNING, number, now, Optional.empty(), why, now, Optional.empty());
  }

  Deployment reopened(String why, Instant now) {
    return with(Status.RUNNING, batch, now, Optional.empty(), why, now, Optional.empty());
  }

  /// The right by which it goes on is that of somebody else from now on.
  Deployment of(String principal, String principalId) {
    return new Deployment(
        id,
        update,
        reverts,
        plan,
        terms,
        status,
        batch,
        batches,
        batchSince,
        lastEnd,
        message,
        principal,
        principalId,
        reason,
        createdAt,
        updatedAt,
        finishedAt);
  }

  private Deployment with(
      Status newStatus,
      int newBatch,
      Instant newBatchSince,
      Optional<Instant> newLastEnd,
      String newMessage,
      Instant newUpdatedAt,
      Optional<Instant> newFinishedAt) {
    return new Deployment(
        id,
        update,
        reverts,
        plan,
        terms,
        newStatus,
        newBatch,
        batches,
        newBatchSince,
        newLastEnd,
        newMessage,
        requestedBy,
        requesterId,
        reason,
        createdAt,
        newUpdatedAt,
        newFinishedAt);
  }
}
