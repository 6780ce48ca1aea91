package muster.campaign;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.command.CommandStatus;
import muster.id.CampaignId;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Where campaigns are kept. Writes happen inside a write transaction.
public interface CampaignStore {
  void insert(Campaign campaign, List<Campaign.Part> parts);

  Optional<Campaign> find(CampaignId id);

  Optional<Campaign> find(String requesterId, String idempotencyKey);

  /// Those that have not finished, oldest first.
  List<CampaignId> open();

  /// A part and what has become of its command, without what that was given and has printed.
  ///
  /// @param status of its command; absent while it has none
  /// @param exitCode of its command
  record Standing(Campaign.Part part, Optional<CommandStatus> status, Optional<Integer> exitCode) {}

  /// In the order of the devices' ids.
  List<Standing> parts(CampaignId id);

  /// Devices whose turn has not come, at most `limit`, in the order of their ids.
  List<DeviceId> waiting(CampaignId id, int limit);

  /// How many devices have a command that has not ended.
  int running(CampaignId id);

  void started(CampaignId id, DeviceId device, CommandId command);

  void skipped(CampaignId id, DeviceId device, String why);

  /// The campaign whose part that command was; empty when it was none's.
  Optional<CampaignId> ended(CommandId command);

  void finished(CampaignId id, Instant at);

  /// Removes those that have finished and began before `before`; returns how many.
  int deleteFinished(Instant before, int limit);
}
