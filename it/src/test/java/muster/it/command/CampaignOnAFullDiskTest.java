package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import muster.campaign.Campaign;
import muster.command.CommandRequest;
import muster.command.Lane;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.group.DeviceGroup;
import muster.id.DeviceId;
import muster.it.command.CoreRig.FakeLink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A campaign that is stored, and whose first commands can't be.
@Tag("F063")
class CampaignOnAFullDiskTest {
  @TempDir private Path directory;

  @Test
  void start_thatIsStored_isNoFailure_andGoesOnWithTheTick() {
    try (CoreRig rig = new CoreRig(directory)) {
      DeviceId device = rig.device("dev_1");
      FakeLink link = new FakeLink();
      rig.connect(device, link);
      DeviceGroup group = rig.groups.create(rig.admin, "all", Optional.empty());
      rig.groups.add(rig.admin, group.id(), device);
      rig.beforeWrite(
          1,
          () -> {
            throw new Fault(FaultCode.UNAVAILABLE, "the disk is full");
          });
      Campaign campaign =
          rig.campaigns.start(
              rig.admin,
              group.id(),
              new CommandRequest(
                  "bash",
                  Map.of("command", "true"),
                  Lane.BULK,
                  false,
                  Duration.ofSeconds(60),
                  Duration.ofSeconds(60),
                  Optional.empty()),
              10);
      assertThat(rig.commandStore.depths()).isEmpty();
      rig.campaigns.tick();
      Awaitility.await().until(() -> !link.executes.isEmpty());
      assertThat(rig.campaigns.get(rig.admin, campaign.id()).finishedAt()).isEmpty();
    }
  }
}
