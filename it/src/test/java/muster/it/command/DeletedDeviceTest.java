package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.campaign.Campaign;
import muster.command.CommandRequest;
import muster.command.CommandStatus;
import muster.command.Lane;
import muster.group.DeviceGroup;
import muster.id.CampaignId;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.it.command.CoreRig.FakeLink;
import muster.store.SqlTransferStore;
import muster.transfer.Transfer;
import muster.transfer.TransferStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A device that was deleted after the store was copied, and what it had to do in the copy.
class DeletedDeviceTest {
  private static final TransferId TRANSFER = TransferId.random();

  @TempDir private Path directory;

  @Test
  void storeThatIsPutBack_leavesNoneOfItsWorkOpen() throws IOException {
    Path store = directory.resolve("muster.db");
    Path copy = directory.resolve("copy.db");
    DeviceId device;
    CampaignId campaign;
    try (CoreRig rig = new CoreRig(directory)) {
      device = rig.device("dev_1");
      campaign = giveWork(rig, device);
    }
    Files.copy(store, copy);
    try (CoreRig rig = new CoreRig(directory)) {
      rig.devices.delete(rig.admin, device);
    }
    Files.move(copy, store, StandardCopyOption.REPLACE_EXISTING);
    try (CoreRig rig = new CoreRig(directory)) {
      rig.campaigns.tick();
      assertThat(rig.campaigns.get(rig.admin, campaign).finishedAt()).isPresent();
      assertThat(rig.campaigns.parts(rig.admin, campaign))
          .singleElement()
          .satisfies(part ->
              assertThat(rig.command(part.command().orElseThrow()).status())
                  .isEqualTo(CommandStatus.LOST));
      Transfer transfer = new SqlTransferStore(rig.database).find(TRANSFER).orElseThrow();
      assertThat(transfer.status()).isEqualTo(TransferStatus.FAILED);
      assertThat(transfer.error()).contains("the device was deleted");
    }
  }

  private static CampaignId giveWork(CoreRig rig, DeviceId device) {
    rig.connect(device, new FakeLink());
    DeviceGroup group = rig.groups.create(rig.admin, "all", Optional.empty());
    rig.groups.add(rig.admin, group.id(), device);
    CommandRequest request =
        new CommandRequest(
            "bash",
            Map.of("command", "true"),
            Lane.BULK,
            false,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Optional.empty());
    Campaign campaign = rig.campaigns.start(rig.admin, group.id(), request, 1);
    rig.database.write(() -> {
      new SqlTransferStore(rig.database).insert(waiting(device));
      return true;
    });
    return campaign.id();
  }

  private static Transfer waiting(DeviceId device) {
    return new Transfer(
        TRANSFER,
        device,
        Transfer.Direction.DOWNLOAD,
        "/etc/motd",
        Optional.empty(),
        "key:ci",
        "key:key_1",
        CoreRig.START,
        CoreRig.START.plusSeconds(3600),
        TransferStatus.QUEUED,
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
