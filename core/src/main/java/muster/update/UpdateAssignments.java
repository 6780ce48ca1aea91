package muster.update;

import muster.binary.Assignments;
import muster.binary.Binary;
import muster.fault.Fault;
import muster.id.DeviceId;

/// A device may fetch what it is told to install, and a binary that an update names stays.
public final class UpdateAssignments implements Assignments {
  private final UpdateStore updates;
  private final DeploymentStore deployments;

  public UpdateAssignments(UpdateStore updates, DeploymentStore deployments) {
    this.updates = updates;
    this.deployments = deployments;
  }

  @Override
  public boolean includes(DeviceId device, Binary binary) {
    return deployments.includes(device, binary.id());
  }

  @Override
  public void requireUnused(Binary binary) {
    updates
        .naming(binary.id())
        .ifPresent(update -> {
          throw Fault.failedPrecondition(
              "%s is an artifact of update %s; deprecate that first".formatted(binary.id(), update),
              "binary_in_use");
        });
  }
}
