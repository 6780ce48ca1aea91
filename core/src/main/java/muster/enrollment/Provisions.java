package muster.enrollment;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.auth.Token;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceStore;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// Devices that a person makes before their machines have said a word: approved, never connected,
/// each with its key. Whoever has the key is the device, be it a bare shell script.
public final class Provisions {
  private static final Machine SILENT =
      new Machine(Optional.empty(), Optional.empty(), List.of(), DeviceFacts.NONE);

  /// How long after a registration the same one counts as that once more.
  private static final Duration REPEATABLE = Duration.ofMinutes(10);

  private final Transactions transactions;
  private final DeviceStore devices;
  private final Intake intake;
  private final Credentials credentials;
  private final InstantSource clock;

  /// What a new device is to be.
  ///
  /// @param label its name, 1..128 characters; a number goes behind one that is taken
  /// @param tags at most 64 of 1..64 characters
  /// @param metadata free text by key
  public record Plan(String label, SortedSet<String> tags, Map<String, String> metadata) {
    /// @throws Fault INVALID_ARGUMENT
    public Plan(String label, List<String> tags, Map<String, String> metadata) {
      this(Names.name("label", label), Names.tags("tags", tags), metadata);
    }

    public Plan {
      metadata = Names.metadata("metadata", Map.of(), metadata);
    }
  }

  public Provisions(
      Transactions transactions,
      DeviceStore devices,
      Intake intake,
      Credentials credentials,
      InstantSource clock) {
    this.transactions = transactions;
    this.devices = devices;
    this.intake = intake;
    this.credentials = credentials;
    this.clock = clock;
  }

  /// Makes a device and its key, which is shown this once.
  public Registered create(Caller caller, Plan plan) {
    requireRight(caller);
    return transactions.write(() -> {
      requireStillGood(caller);
      Intake.Wishes wishes = new Intake.Wishes(Optional.of(plan.label()), plan.tags());
      Device made = intake.candidate(SILENT, wishes).device().withMetadata(plan.metadata());
      Device device =
          intake.admit(new Intake.Candidate(made, false), Approval.Step.REPAIR_APPROVED);
      Token key = credentials.replaceDeviceCredential(device.id().value());
      return intake.handOver(caller, "device.create", device, key, Map.of());
    });
  }

  /// Makes a device of a machine that somebody with the right to do so speaks for (F088): approved
  /// at once, under the id it is to have. Asked again in the same words within 10 minutes, while
  /// the device was never heard of, it is that device with a new key: the answer was lost.
  ///
  /// @throws Fault ALREADY_EXISTS when the id is taken
  public Registered register(Caller caller, Machine machine) {
    requireRight(caller);
    return transactions.write(() -> {
      requireStillGood(caller);
      Device device =
          machine
              .id()
              .flatMap(devices::find)
              .filter(known -> isRepeated(known, machine))
              .orElseGet(() ->
                  intake.admit(
                      intake.candidate(machine, Intake.Wishes.NONE),
                      Approval.Step.REPAIR_APPROVED));
      Token key = credentials.replaceDeviceCredential(device.id().value());
      return intake.handOver(caller, "device.create", device, key, Map.of());
    });
  }

  private boolean isRepeated(Device known, Machine machine) {
    return known.state().lastSeen().isEmpty()
        && known.approval() == Approval.APPROVED
        && known.createdAt().isAfter(clock.instant().minus(REPEATABLE))
        && known.facts().equals(machine.facts())
        && known.metadata().equals(machine.metadata())
        && known.tags().equals(new TreeSet<>(machine.tags()))
        && machine.name().map(known.name()::startsWith).orElse(true);
  }

  /// Gives a device that is there a new key, whatever became of its machine: its work is void, and
  /// it has the plan's label, and its tags and metadata besides its own. The earlier key stays good
  /// until [#settle]; [#withdraw] takes the new one away again.
  ///
  /// @throws Fault PERMISSION_DENIED for a device that is blocked or denied
  public Registered renew(Caller caller, DeviceId id, Plan plan) {
    requireRight(caller);
    return transactions.write(() -> {
      requireStillGood(caller);
      Device known = devices.find(id).orElseThrow(() -> Fault.notFound("device", id.value()));
      Device device =
          approved(
              intake.admit(
                  new Intake.Candidate(changed(known, plan), true), Approval.Step.REPAIR_APPROVED));
      Token key = credentials.addDeviceCredential(id.value());
      return intake.handOver(caller, "device.renew", device, key, Map.of());
    });
  }

  private Device changed(Device known, Plan plan) {
    String name = plan.label().equals(known.name()) ? known.name() : intake.freeName(plan.label());
    SortedSet<String> tags = new TreeSet<>(known.tags());
    tags.addAll(plan.tags());
    Map<String, String> metadata = new HashMap<>(known.metadata());
    metadata.putAll(plan.metadata());
    return known
        .withName(name)
        .withTags(Names.tags("tags", List.copyOf(tags)))
        .withMetadata(metadata);
  }

  /// From now on this is the only key of the device: its machine has it.
  public void settle(DeviceId id, Token key) {
    credentials.retireOthers(key, id.value());
  }

  /// Takes a key away again that no machine has.
  public void withdraw(Token key) {
    credentials.revokeDevice(key);
  }

  /// The device whose key the caller has shown.
  ///
  /// @throws Fault PERMISSION_DENIED when it is not approved
  public Device own(Caller caller) {
    Access.require(caller, Permission.DEVICE_HEARTBEAT);
    return devices
        .find(new DeviceId(caller.id()))
        .map(Provisions::approved)
        .orElseThrow(() -> Fault.unauthenticated("the token is unknown, expired or revoked"));
  }

  private static Device approved(Device device) {
    if (device.approval() != Approval.APPROVED) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "device %s is %s".formatted(device.id(), device.approval().word()));
    }
    return device;
  }

  private static void requireRight(Caller caller) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    Access.require(caller, Permission.DEVICE_APPROVE);
  }

  /// What is handed out lives on: nobody makes a device with rights that were just taken away.
  private void requireStillGood(Caller caller) {
    if (!caller.credential().isEmpty()) {
      credentials.requireGood(caller.credential());
    }
  }
}
