package muster.campaign;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
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
    Instant createdAt,
    Optional<Instant> finishedAt) {

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
