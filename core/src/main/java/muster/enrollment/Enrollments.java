package muster.enrollment;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.auth.Token;
import muster.device.Approval;
import muster.device.Condition;
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
import muster.tx.Transactions;

/// Enrolment by token: an administrator makes one, a machine registers with it.
public final class Enrollments {
  /// How long a token can be used (KVM Fleet, F011).
  public static final Duration TOKEN_LIFE = Duration.ofMinutes(30);

  /// How long the machine that used a token may ask again because the answer was lost (F010).
  private static final Duration RETRY_WINDOW = Duration.ofMinutes(10);

  private static final Duration KEPT_AFTER_EXPIRY = Duration.ofDays(1);
  private static final int MAX_SUFFIX = 20;
  private static final int SUFFIX_ROOM = 8;

  private final Transactions transactions;
  private final EnrollmentStore store;
  private final DeviceStore devices;
  private final Credentials credentials;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  /// A new token; `token` is shown to the caller and then forgotten.
  public record Created(Enrollment enrollment, Token token) {}

  /// A machine that is a device now; `token` is its credential, shown this once.
  public record Registered(Device device, Token token) {}

  public Enrollments(
      Transactions transactions,
      EnrollmentStore store,
      DeviceStore devices,
      Credentials credentials,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.credentials = credentials;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
  }

  /// Makes a single-use token of 30 minutes.
  public Created create(Caller caller, Optional<String> suggestedName, List<String> suggestedTags) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    Optional<String> name = suggestedName.map(given -> Names.name("suggested_name", given));
    SortedSet<String> tags = Names.tags("suggested_tags", suggestedTags);
    Token token = Token.random(Token.Kind.ENROLLMENT);
    Instant now = clock.instant();
    Enrollment enrollment =
        new Enrollment(
            token.id(),
            token.hash(),
            name,
            tags,
            caller.principal(),
            now,
            now.plus(TOKEN_LIFE),
            Optional.empty());
    return transactions.write(() -> {
      store.insert(enrollment);
      audit.record(
          caller,
          "enrollment.create",
          enrollment.id(),
          Map.of("name", name.orElse(""), "tags", String.join(",", tags)));
      return new Created(enrollment, token);
    });
  }

  /// Tokens that can still be used, newest first.
  public List<Enrollment> open(Caller caller) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    return store.open(clock.instant());
  }

  public void delete(Caller caller, String id) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    transactions.write(() -> {
      if (!store.delete(id)) {
        throw Fault.notFound("enrollment token", id);
      }
      audit.record(caller, "enrollment.delete", id, Map.of());
      return id;
    });
  }

  /// Trades a token for a device and its credential. All of it is one transaction: of two machines
  /// that race for one token, exactly one wins.
  ///
  /// A machine whose `hardwareId` is known already gets its device back, with a new credential,
  /// unless that device is online: then there are two machines that call themselves the same.
  ///
  /// @throws Fault UNAUTHENTICATED for an unknown token; FAILED_PRECONDITION with reason
  ///   `token_expired`; ALREADY_EXISTS with reason `token_used` or `hardware_online`;
  ///   PERMISSION_DENIED for a blocked device
  public Registered register(String tokenText, Machine machine, Origin origin) {
    Token token =
        Token.parse(tokenText)
            .filter(parsed -> parsed.kind() == Token.Kind.ENROLLMENT)
            .orElseThrow(Enrollments::unknownToken);
    return transactions.write(() -> register(token, machine, origin));
  }

  private Registered register(Token token, Machine machine, Origin origin) {
    Instant now = clock.instant();
    Enrollment enrollment =
        store
            .find(token.id())
            .filter(found -> token.matches(found.hash()))
            .orElseThrow(Enrollments::unknownToken);
    if (enrollment.use().isPresent()) {
      return registerAgain(enrollment, enrollment.use().get(), machine, origin, now);
    }
    if (!now.isBefore(enrollment.expiresAt())) {
      throw Fault.failedPrecondition("enrollment_token: token expired", "token_expired");
    }
    Device device =
        devices
            .findByHardwareId(machine.hardwareId())
            .map(known -> reEnrolled(known, enrollment, machine, now))
            .orElseGet(() -> newDevice(enrollment, machine, now));
    store.markUsed(enrollment.usedBy(new Enrollment.Use(now, machine.hardwareId(), device.id())));
    return handOver(device, origin);
  }

  private Registered registerAgain(
      Enrollment enrollment, Enrollment.Use use, Machine machine, Origin origin, Instant now) {
    Optional<Device> device =
        use.hardwareId().equals(machine.hardwareId()) && now.isBefore(use.at().plus(RETRY_WINDOW))
            ? devices.find(use.device())
            : Optional.empty();
    if (device.isEmpty()) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "enrollment_token: token %s was used already".formatted(enrollment.id()),
          Map.of(Fault.REASON, "token_used"));
    }
    requireNotOnline(device.get(), now);
    return handOver(device.get(), origin);
  }

  private Registered handOver(Device device, Origin origin) {
    Token credential = credentials.replaceDeviceCredential(device.id().value());
    Caller caller = Caller.anonymous(origin);
    audit.record(
        caller,
        "device.register",
        device.id().value(),
        Map.of("name", device.name(), "hardware_id", device.hardwareId().orElse("")));
    events.emit(Event.DEVICE_REGISTERED, Optional.of(device.id()), Map.of("name", device.name()));
    return new Registered(device, credential);
  }

  private Device reEnrolled(Device known, Enrollment enrollment, Machine machine, Instant now) {
    requireNotOnline(known, now);
    Approval approval =
        known
            .approval()
            .after(Approval.Step.REPAIR_APPROVED)
            .orElseThrow(() ->
                new Fault(
                    FaultCode.PERMISSION_DENIED,
                    "device %s is %s".formatted(known.id(), known.approval().word())));
    SortedSet<String> tags = new TreeSet<>(known.tags());
    tags.addAll(enrollment.suggestedTags());
    Device device =
        known
            .withApproval(approval)
            .withName(
                enrollment
                    .suggestedName()
                    .filter(name -> !name.equals(known.name()))
                    .map(this::freeName)
                    .orElse(known.name()))
            .withTags(tags)
            .withFacts(known.facts().updatedBy(machine.facts()))
            .changedAt(now);
    devices.update(device);
    return device;
  }

  private static void requireNotOnline(Device device, Instant now) {
    if (Presence.of(device.state(), now).state() == Presence.State.ONLINE) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "hardware_id: a machine with this hardware id is online as %s".formatted(device.id()),
          Map.of(Fault.REASON, "hardware_online"));
    }
  }

  private Device newDevice(Enrollment enrollment, Machine machine, Instant now) {
    SortedSet<String> tags =
        enrollment.suggestedTags().isEmpty()
            ? Names.tags("tags", machine.tags())
            : enrollment.suggestedTags();
    String wanted =
        enrollment
            .suggestedName()
            .or(() -> machine.name().map(name -> Names.name("name", name)))
            .or(() -> machine.facts().hostname().map(host -> Names.reported(host, Names.MAX_NAME)))
            .filter(name -> !name.isEmpty())
            .orElse("device");
    Device device =
        new Device(
            DeviceId.random(),
            freeName(wanted),
            tags,
            Approval.APPROVED,
            Condition.NORMAL,
            machine.facts(),
            Map.of(),
            Optional.of(machine.hardwareId()),
            now,
            now,
            DeviceState.NEVER_SEEN);
    devices.insert(device);
    return device;
  }

  /// The name itself, or with the first free number behind it; far into a crowd, random letters.
  private String freeName(String wanted) {
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

  private static Fault unknownToken() {
    return Fault.unauthenticated("enrollment_token: unknown token");
  }

  /// Drops tokens that expired more than a day ago. Called now and then by the server.
  public void tidy() {
    transactions.write(() -> store.deleteExpired(clock.instant().minus(KEPT_AFTER_EXPIRY)));
  }
}
