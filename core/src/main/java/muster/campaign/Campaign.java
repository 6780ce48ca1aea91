package muster.campaign;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.command.CommandRequest;
import muster.command.Lane;
import muster.fault.Fault;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.id.GroupId;

/// One tool for the members of a group that were online when it began.
///
/// @param timeout of each device's command
/// @param cap how many devices work on it at once
/// @param requestedBy the principal, for people
/// @param requesterId the principal's lasting id, by which its right is looked up again
/// @param idempotencyKey unique for its requester
/// @param finishedAt when the last part ended
public record Campaign(
    CampaignId id,
    GroupId group,
    String tool,
    Map<String, Object> args,
    Duration timeout,
    int cap,
    String requestedBy,
    String requesterId,
    Optional<String> idempotencyKey,
    Instant createdAt,
    Optional<Instant> finishedAt) {
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(60);

  /// The command of each device: bulk work, for those who were there a moment ago.
  ///
  /// @throws Fault INVALID_ARGUMENT when the tool's schema has become stricter since it was made
  CommandRequest request() {
    return new CommandRequest(
        tool, args, Lane.BULK, false, timeout, TIME_TO_LIVE, Optional.empty());
  }

  /// What one device has to do with it.
  ///
  /// @param command absent while it waits for its turn, and when it was left out
  /// @param skipped why it was left out
  public record Part(DeviceId device, Optional<CommandId> command, Optional<String> skipped) {
    static Part waiting(DeviceId device) {
      return new Part(device, Optional.empty(), Optional.empty());
    }

    static Part skipped(DeviceId device, String why) {
      return new Part(device, Optional.empty(), Optional.of(why));
    }
  }
}
