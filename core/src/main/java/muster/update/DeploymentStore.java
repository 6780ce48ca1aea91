package muster.update;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.id.BinaryId;
import muster.id.CommandId;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.page.Page;
import muster.page.PageRequest;
import muster.rollout.Tally;
import muster.rollout.Vitals;

/// Where deployments are kept. Writes happen inside a write transaction.
public interface DeploymentStore {
  /// @param parts in the order of their turn
  void insert(Deployment deployment, List<Deployment.Part> parts);

  /// One more device of a deployment, behind all others.
  void add(DeploymentId id, Deployment.Part part);

  Optional<Deployment> find(DeploymentId id);

  /// Replaces what changes in a deployment's life.
  void update(Deployment deployment);

  /// Notes when a device of the present batch was through.
  void ended(DeploymentId id, Instant at);

  /// Newest first.
  Page<Deployment> list(PageRequest page);

  /// Those that are not finished, oldest first.
  List<DeploymentId> open();

  /// The deployment that takes this one's devices back and is not finished.
  Optional<Deployment> revertOf(DeploymentId id);

  Tally tally(DeploymentId id);

  Tally tally(DeploymentId id, int batch);

  /// Devices whose turn it is, at most `limit`, in their order.
  List<Deployment.Part> pending(DeploymentId id, int batch, int limit);

  Optional<Deployment.Part> part(DeploymentId id, DeviceId device);

  /// Those that stand there.
  List<Deployment.Part> parts(DeploymentId id, Deployment.Part.At at);

  /// In the order of their turn, with their devices' names; absent of one that was deleted.
  Page<Named> parts(DeploymentId id, PageRequest page);

  record Named(Deployment.Part part, Optional<String> name) {}

  /// The part whose command that is.
  Optional<Owned> owning(CommandId command);

  /// What that device is at, in a deployment that brings an update or takes one back.
  Optional<Owned> running(DeviceId device);

  record Owned(DeploymentId deployment, Deployment.Part part) {}

  /// Replaces the part of that device.
  void save(DeploymentId id, Deployment.Part part);

  /// Moves all that stand there; returns how many.
  int move(
      DeploymentId id,
      Deployment.Part.At from,
      Deployment.Part.At to,
      String reason,
      String detail,
      Instant at);

  /// A device is back: it has its turn in the present batch of those deployments that wait for it.
  List<DeploymentId> back(DeviceId device);

  /// As [#back], for all devices that a deployment waits for and that are online at `now`; returns
  /// how many.
  int back(DeploymentId id, Instant now);

  /// Of these devices those that another deployment, not finished, has or will have work for; at
  /// most `limit`.
  Map<DeviceId, DeploymentId> busy(Collection<DeviceId> devices, int limit);

  /// Notes how a device fares before its turn, or before anybody's.
  void baseline(DeploymentId id, Optional<DeviceId> device);

  /// How those fare that have the update, and those that wait for it; at most `most` of each.
  Observed observe(Deployment deployment, Instant now, int most);

  record Observed(List<Vitals> updated, List<Vitals> others) {}

  void note(DeploymentId id, Deployment.Note note);

  /// Oldest first.
  List<Deployment.Note> notes(DeploymentId id);

  Figures figures(DeploymentId id);

  /// @param averageDuration of devices that succeeded
  /// @param failures how many failed for which reason
  record Figures(Optional<Duration> averageDuration, Map<String, Integer> failures) {}

  /// Whether a device is at an update that has that binary.
  boolean includes(DeviceId device, BinaryId binary);

  /// Removes those that have finished and began before `before`; returns how many.
  int deleteFinished(Instant before, int limit);
}
