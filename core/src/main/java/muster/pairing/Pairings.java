package muster.pairing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.AddressBlock;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.device.Approval;
import muster.device.Device;
import muster.device.DeviceFields;
import muster.enrollment.Intake;
import muster.enrollment.Machine;
import muster.enrollment.Registered;
import muster.enrollment.Use;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.id.RandomIds;
import muster.tx.Transactions;

/// Enrolment by code: an administrator makes one, a machine claims it and is a device that waits
/// for approval, or is approved at once where a rule says so.
public final class Pairings {
  /// How long a code can be claimed (F031).
  public static final Duration CODE_LIFE = Duration.ofMinutes(5);

  /// How many open codes one caller may have; the next one pushes out the oldest (F030).
  static final int MAX_OPEN = 5;

  private final Transactions transactions;
  private final PairingStore store;
  private final PairingSecrets secrets;
  private final Optional<Filter> autoApprove;
  private final Intake intake;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;
  private final Guesses guesses = new Guesses();

  /// A code that can be shown to whoever made it.
  public record Shown(PairingCode pairing, String code, String secret) {
    /// Without the secrets.
    @Override
    public String toString() {
      return "Shown[" + pairing.id() + "]";
    }
  }

  /// @param key of the codes; whoever has it and the store knows every code
  /// @param autoApprove which devices are approved at once when their code says nothing; absent =
  ///   none
  public Pairings(
      Transactions transactions,
      PairingStore store,
      byte[] key,
      Optional<Filter> autoApprove,
      Intake intake,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.secrets = new PairingSecrets(key);
    this.autoApprove = autoApprove;
    this.intake = intake;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
  }

  /// Makes a code of 5 minutes that no other code is at the time.
  ///
  /// @param approve whether its device is approved at once; absent = as the setting says
  public Shown create(Caller caller, Optional<Boolean> approve) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    return transactions.write(() -> {
      Instant now = clock.instant();
      List<PairingCode> claimable = claimable(now);
      makeRoom(claimable.stream().filter(code -> isOwn(code, caller, now)).toList());
      PairingCode code =
          new PairingCode(
              freshId(claimable),
              caller.principalId(),
              approve,
              store.failures(),
              now,
              now.plus(CODE_LIFE),
              Optional.empty(),
              Optional.empty());
      store.insert(code);
      audit.record(
          caller,
          "pairing.create",
          code.id(),
          approve.map(choice -> Map.of("auto_approve", choice.toString())).orElse(Map.of()));
      return shown(code);
    });
  }

  private List<PairingCode> claimable(Instant now) {
    return store.claimable(now, now.minus(Use.REPEATABLE));
  }

  private static boolean isOwn(PairingCode code, Caller caller, Instant now) {
    return code.makerId().equals(caller.principalId()) && code.isOpen(now);
  }

  private void makeRoom(List<PairingCode> own) {
    for (int i = 0; i <= own.size() - MAX_OPEN; i++) {
      store.delete(own.get(i).id());
    }
  }

  private String freshId(List<PairingCode> claimable) {
    Set<String> taken =
        claimable.stream().map(code -> secrets.code(code.id())).collect(Collectors.toSet());
    String id;
    do {
      id = RandomIds.next("pair");
    } while (taken.contains(secrets.code(id)));
    return id;
  }

  private Shown shown(PairingCode code) {
    return new Shown(code, secrets.code(code.id()), secrets.secret(code.id()));
  }

  /// The caller's own code that was made last and is still open.
  ///
  /// @throws Fault NOT_FOUND when there is none
  public Shown newest(Caller caller) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    Instant now = clock.instant();
    return claimable(now).reversed().stream()
        .filter(code -> isOwn(code, caller, now))
        .findFirst()
        .map(this::shown)
        .orElseThrow(
            () -> new Fault(FaultCode.NOT_FOUND, "you have no pairing code that is still open"));
  }

  /// A code by its id, to see what has become of it. It is forgotten some time after its end.
  public PairingCode get(Caller caller, String id) {
    Access.requireUnscoped(caller, Permission.DEVICE_REGISTER);
    return store.find(id).orElseThrow(() -> Fault.notFound("pairing", id));
  }

  /// Trades a code or its secret for a device and its credential. All of it is one transaction: of
  /// two machines that race for one code, exactly one wins. The machine that won may ask again with
  /// the same code for 10 minutes.
  ///
  /// @throws Fault NOT_FOUND, with one message whatever is wrong with the code; RESOURCE_EXHAUSTED
  ///   for an address that was wrong too often; PERMISSION_DENIED for a blocked device;
  ///   ALREADY_EXISTS with reason `hardware_online`
  public Registered claim(Proof proof, Machine machine, Origin origin) {
    String address = AddressBlock.site(origin.address());
    guesses
        .begin(address, clock.instant())
        .ifPresent(wait -> {
          throw new Fault(
              FaultCode.RESOURCE_EXHAUSTED,
              "too many wrong pairing codes from this address",
              Map.of(Fault.RETRY_AFTER_SECONDS, Long.toString(wait.toSeconds() + 1)));
        });
    boolean guessed = false;
    try {
      Optional<Registered> registered = transactions.write(() -> claimed(proof, machine, origin));
      guessed = registered.isEmpty();
      return registered.orElseThrow(
          () -> new Fault(FaultCode.NOT_FOUND, "the pairing code is unknown, expired or used"));
    } finally {
      if (!guessed) {
        guesses.takeBack(address);
      }
    }
  }

  /// Empty for what proves nothing, which is counted: that must be stored, so it is no fault here.
  private Optional<Registered> claimed(Proof proof, Machine machine, Origin origin) {
    Instant now = clock.instant();
    List<PairingCode> claimable = claimable(now);
    Optional<Registered> registered =
        secrets
            .find(claimable, proof)
            .flatMap(code ->
                code.use().isPresent()
                    ? claimedAgain(code, code.use().get(), machine, origin)
                    : Optional.of(claimedFirst(code, machine, origin, now)));
    if (registered.isEmpty()) {
      countFailure(claimable, origin, now);
    }
    return registered;
  }

  /// Stored for every wrong code, also when there is none to be guessed: else the time that the
  /// answer takes would tell. A spent code that is open takes all open ones with it, since whoever
  /// guesses guesses at all of them; one that was used, and is there for its machine only, ends by
  /// itself.
  private void countFailure(List<PairingCode> claimable, Origin origin, Instant now) {
    long failures = store.countFailure();
    List<PairingCode> open = claimable.stream().filter(code -> code.isOpen(now)).toList();
    store.markVoid(claimable.stream().filter(code -> code.isSpent(failures)).toList(), now);
    if (open.stream().anyMatch(code -> code.isSpent(failures))) {
      store.markVoid(open, now);
      Map<String, String> detail = Map.of("codes", Integer.toString(open.size()));
      audit.refused(Caller.anonymous(origin), Event.PAIRING_GUESSING, "pairing", detail);
      events.emit(Event.PAIRING_GUESSING, Optional.empty(), detail);
    }
  }

  private Registered claimedFirst(PairingCode code, Machine machine, Origin origin, Instant now) {
    Intake.Candidate candidate = intake.candidate(machine, Intake.Wishes.NONE);
    Optional<String> auto = automatic(code, candidate.device(), now);
    Device device =
        intake.admit(
            candidate,
            auto.isPresent() ? Approval.Step.REPAIR_APPROVED : Approval.Step.REPAIR_PENDING);
    store.markUsed(code.usedBy(new Use(now, machine.hardwareId(), device.id())));
    return intake.handOver(
        device,
        origin,
        how(code, auto.filter(by -> device.approval() == Approval.APPROVED).orElse("no")));
  }

  /// Empty for another machine than the one that used the code.
  private Optional<Registered> claimedAgain(
      PairingCode code, Use use, Machine machine, Origin origin) {
    return intake
        .again(use, machine)
        .map(device -> intake.handOver(device, origin, how(code, "no")));
  }

  private static Map<String, String> how(PairingCode code, String auto) {
    return Map.of("how", "code", "pairing", code.id(), "auto", auto);
  }

  /// What approves the device without anybody having looked at it: its code, or the setting. The
  /// setting goes by what the machine says, its hardware id too, so it does not give back what
  /// people have decided about: one that was approved, denied or revoked waits for them.
  private Optional<String> automatic(PairingCode code, Device device, Instant now) {
    if (code.autoApprove().isPresent()) {
      return code.autoApprove().filter(approve -> approve).map(approve -> "code");
    }
    return autoApprove
        .filter(rule -> device.approval() == Approval.PENDING)
        .filter(rule -> rule.matches(DeviceFields.subject(device, now), now))
        .map(rule -> "setting");
  }

  /// Drops what nobody can claim any more. Called now and then by the server.
  public void tidy() {
    transactions.write(() -> store.deleteExpired(clock.instant().minus(Use.REPEATABLE)));
  }
}
