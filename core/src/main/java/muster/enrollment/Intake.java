package muster.enrollment;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Token;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Names;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.RandomIds;

/// Makes a device of a machine that has shown a proof, whichever proof that was. All of it happens
/// inside the write transaction that found the proof good.
///
/// A machine whose hardware id is known already gets its device back, with a new credential and
/// without the work that waited for it, unless that device is online, or may be, as it was when the
/// server restarted: then there are two machines that call themselves the same.
public final class Intake {
  private static final int MAX_SUFFIX = 20;
  private static final int SUFFIX_ROOM = 8;

  private final DeviceStore devices;
  private final Credentials credentials;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  /// What the proof says about the device; both win over what the machine wishes for.
  public record Wishes(Optional<String> name, SortedSet<String> tags) {
    public static final Wishes NONE = new Wishes(Optional.empty(), new TreeSet<>());
  }

  /// The device that a machine would be, not stored yet. A new one is pending.
  public record Candidate(Device device, boolean isKnown) {}

  public Intake(
      DeviceStore devices,
      Credentials credentials,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.devices = devices;
    this.credentials = credentials;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
  }

  /// @throws Fault ALREADY_EXISTS with reason `hardware_online`, or when the id it is to have is
  ///   taken
  public Candidate candidate(Machine machine, Wishes wishes) {
    Instant now = clock.instant();
    return machine
        .hardwareId()
        .flatMap(devices::findByHardwareId)
        .map(known -> new Candidate(returning(known, machine, wishes, now), true))
        .orElseGet(() -> new Candidate(newcomer(machine, wishes, now), false));
  }

  private DeviceId free(DeviceId wanted) {
    if (devices.find(wanted).isPresent()) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS, "device_id: %s (expected: one that is free)".formatted(wanted));
    }
    return wanted;
  }

  /// Stores the candidate as what the step makes of it.
  ///
  /// @param step [Approval.Step#REPAIR_APPROVED] or [Approval.Step#REPAIR_PENDING]
  /// @throws Fault PERMISSION_DENIED for a blocked device
  public Device admit(Candidate candidate, Approval.Step step) {
    Device wanted = candidate.device();
    Approval approval = wanted.approval().after(step).orElseThrow(() -> turnedAway(wanted));
    Device device = wanted.withApproval(approval, clock.instant());
    if (candidate.isKnown()) {
      devices.update(device);
      // Whoever shows the hardware id may be another machine: it inherits no work and no secrets.
      events.emit(Event.DEVICE_REENROLLED, Optional.of(device.id()), Map.of());
    } else {
      devices.insert(device);
    }
    return device;
  }

  /// The device of a machine that asks again because the answer was lost; empty when it is another
  /// machine or too late, or when the device was turned away meanwhile: then it takes a new proof.
  ///
  /// @throws Fault ALREADY_EXISTS with reason `hardware_online`, PERMISSION_DENIED for a blocked
  ///   device
  public Optional<Device> again(Use use, Machine machine) {
    Instant now = clock.instant();
    Optional<Device> device =
        use.isRepeatedBy(machine, now)
            ? devices.find(use.device()).filter(Intake::mayRepeat)
            : Optional.empty();
    device.ifPresent(known -> requireNotOnline(known, now));
    return device;
  }

  private static boolean mayRepeat(Device device) {
    return switch (device.approval()) {
      case PENDING, APPROVED -> true;
      case DENIED, REVOKED -> false;
      case BLOCKED -> throw turnedAway(device);
    };
  }

  private static Fault turnedAway(Device device) {
    return new Fault(
        FaultCode.PERMISSION_DENIED,
        "device %s is %s".formatted(device.id(), device.approval().word()));
  }

  /// Gives the device its credential; an earlier one is dead from the commit on.
  ///
  /// @param how what the audit row says about the proof
  public Registered handOver(Device device, Origin origin, Map<String, String> how) {
    Token credential = credentials.replaceDeviceCredential(device.id().value());
    return handOver(Caller.anonymous(origin), "device.register", device, credential, how);
  }

  /// As above, on record as the deed `action` of whoever asked for it.
  ///
  /// @param credential of the device, made in the same transaction
  Registered handOver(
      Caller caller, String action, Device device, Token credential, Map<String, String> how) {
    Map<String, String> detail = new HashMap<>(how);
    detail.put("name", device.name());
    detail.put("hardware_id", device.hardwareId().orElse(""));
    detail.put("approval", device.approval().word());
    audit.record(caller, action, device.id().value(), detail);
    events.emit(
        Event.DEVICE_REGISTERED,
        Optional.of(device.id()),
        Map.of("name", device.name(), "approval", device.approval().word()));
    return new Registered(device, credential);
  }

  private Device returning(Device known, Machine machine, Wishes wishes, Instant now) {
    requireNotOnline(known, now);
    SortedSet<String> tags = new TreeSet<>(known.tags());
    tags.addAll(wishes.tags());
    return known
        .withName(
            wishes
                .name()
                .filter(name -> !name.equals(known.name()))
                .map(this::freeName)
                .orElse(known.name()))
        .withTags(tags)
        .withFacts(known.facts().updatedBy(machine.facts()))
        .changedAt(now);
  }

  private static void requireNotOnline(Device device, Instant now) {
    Presence.State presence = Presence.of(device.state(), now).state();
    if (presence != Presence.State.OFFLINE) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "hardware_id: a machine with this hardware id is %s as %s (expected: offline)"
              .formatted(presence.name().toLowerCase(Locale.ROOT), device.id()),
          Map.of(Fault.REASON, "hardware_online"));
    }
  }

  private Device newcomer(Machine machine, Wishes wishes, Instant now) {
    SortedSet<String> tags =
        wishes.tags().isEmpty() ? Names.tags("tags", machine.tags()) : wishes.tags();
    String wanted =
        wishes
            .name()
            .or(() -> machine.name().map(name -> Names.name("name", name)))
            .or(() -> machine.facts().hostname().map(host -> Names.reported(host, Names.MAX_NAME)))
            .filter(name -> !name.isEmpty())
            .orElse("device");
    return new Device(
        machine.id().map(this::free).orElseGet(DeviceId::random),
        freeName(wanted),
        tags,
        Approval.PENDING,
        Condition.NORMAL,
        machine.facts(),
        machine.metadata(),
        machine.hardwareId(),
        now,
        now,
        Decisions.NONE,
        DeviceState.NEVER_SEEN);
  }

  /// The name itself, or with the first free number behind it; far into a crowd, random letters.
  String freeName(String wanted) {
    if (!devices.isNameTaken(wanted)) {
      return wanted;
    }
    String base = Names.reported(wanted, Names.MAX_NAME - SUFFIX_ROOM);
    for (int i = 2; i <= MAX_SUFFIX; i++) {
      String name = base + "-" + i;
      if (!devices.isNameTaken(name)) {
        return name;
      }
    }
    return base + "-" + RandomIds.text(6);
  }
}
