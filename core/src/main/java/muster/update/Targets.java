package muster.update;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import muster.auth.Caller;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.device.Presence;
import muster.fault.Fault;
import muster.filter.Filter;
import muster.id.DeviceId;
import muster.page.Cursor;
import muster.page.Page;
import muster.page.PageRequest;
import muster.rollout.Plan;
import muster.rollout.Strategy;

/// Who takes part in a deployment, frozen when it begins: those that are online first, for who is
/// away would keep the others waiting. The first of a canary are drawn by lot among them, so that
/// they are like the rest.
final class Targets {
  static final String INSTALL = "install_update";
  private static final int PAGE = 1_000;
  private static final int NAMED = 10;

  private final Update update;
  private final Instant now;
  private final List<Device> online = new ArrayList<>();
  private final List<Device> away = new ArrayList<>();
  private final Map<DeviceId, LeftOut> leftOut = new LinkedHashMap<>();

  private record LeftOut(String reason, String detail) {}

  private Targets(Update update, Instant now) {
    this.update = update;
    this.now = now;
  }

  /// @throws Fault INVALID_ARGUMENT naming devices that are not there, or not for this caller
  static Targets of(
      Caller caller, Devices devices, Update update, DeploymentRequest request, Instant now) {
    Targets targets = new Targets(update, now);
    Map<DeviceId, Device> named = new LinkedHashMap<>();
    List<String> unknown = new ArrayList<>();
    for (DeviceId id : request.devices()) {
      Optional<Device> device = devices.lookUp(caller, id);
      device.ifPresent(found -> named.put(id, found));
      if (device.isEmpty()) {
        unknown.add(id.value());
      }
    }
    if (!unknown.isEmpty()) {
      throw Fault.invalid("device_ids", shown(unknown), "devices that are there");
    }
    named.values().forEach(device -> targets.add(device, true));
    request.filter().ifPresent(filter -> targets.walk(caller, devices, filter, named));
    return targets;
  }

  private static String shown(List<String> ids) {
    String first = ids.stream().limit(NAMED).collect(Collectors.joining(", "));
    return ids.size() <= NAMED ? first : first + " and %d more".formatted(ids.size() - NAMED);
  }

  private void walk(Caller caller, Devices devices, Filter filter, Map<DeviceId, Device> named) {
    Optional<Cursor> after = Optional.empty();
    do {
      Page<Device> page =
          devices.walk(caller, filter, DeviceFields.BY_NAME, new PageRequest(PAGE, after));
      page.items().stream()
          .filter(device -> !named.containsKey(device.id()))
          .forEach(device -> add(device, false));
      after = page.next();
    } while (after.isPresent());
  }

  /// @param named by its id; who only matches a filter and may not take part is no target at all
  private void add(Device device, boolean named) {
    if (device.approval() != Approval.APPROVED) {
      if (named) {
        String word = device.approval().word();
        leftOut.put(device.id(), new LeftOut(word, "the device is " + word));
      }
      return;
    }
    Optional<LeftOut> unfit = unfit(device);
    if (unfit.isPresent()) {
      leftOut.put(device.id(), unfit.get());
    } else if (Presence.of(device.state(), now).state() == Presence.State.OFFLINE) {
      away.add(device);
    } else {
      online.add(device);
    }
  }

  private Optional<LeftOut> unfit(Device device) {
    if (update.content().artifactFor(device.facts()).isEmpty()) {
      return Optional.of(new LeftOut("no_artifact", noArtifact(device)));
    }
    boolean known = device.state().lastSeen().isPresent();
    return known && !device.facts().has(INSTALL)
        ? Optional.of(new LeftOut("tool_missing", "the device has no tool " + INSTALL))
        : Optional.empty();
  }

  static String noArtifact(Device device) {
    return "no artifact is for %s, %s, %s"
        .formatted(
            device.facts().deviceType().orElse("a device of unknown type"),
            device.facts().platform().orElse("unknown system"),
            device.facts().architecture().orElse("unknown processor"));
  }

  /// How many can take part.
  int size() {
    return online.size() + away.size();
  }

  int online() {
    return online.size();
  }

  /// How many can't, for which reason.
  Map<String, Integer> leftOut() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    leftOut.values().forEach(why -> counts.merge(why.reason(), 1, Integer::sum));
    return counts;
  }

  /// @param seed of the lot
  List<Deployment.Part> parts(Plan plan, long seed) {
    List<Device> order = new ArrayList<>(online);
    if (plan.strategy() == Strategy.CANARY) {
      Collections.shuffle(order, new Random(seed));
    }
    order.addAll(away);
    List<Deployment.Part> parts = new ArrayList<>(order.size() + leftOut.size());
    for (int i = 0; i < order.size(); i++) {
      parts.add(Deployment.Part.pending(order.get(i).id(), plan.batchOf(i, order.size())));
    }
    leftOut.forEach((device, why) ->
        parts.add(
            Deployment.Part.pending(device, 1)
                .ended(Deployment.Part.At.LEFT_OUT, why.reason(), why.detail(), now)));
    return parts;
  }

  /// How many devices each batch has.
  List<Integer> batchSizes(Plan plan) {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      int batch = plan.batchOf(i, size());
      if (batch > sizes.size()) {
        sizes.add(0);
      }
      sizes.set(batch - 1, sizes.get(batch - 1) + 1);
    }
    return sizes;
  }
}
