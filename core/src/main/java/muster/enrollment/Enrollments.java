package muster.enrollment;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Origin;
import muster.auth.Permission;
import muster.auth.Token;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.tx.Transactions;

/// Enrolment by token: an administrator makes one, a machine registers with it.
public final class Enrollments {
  /// How long a token can be used (KVM Fleet, F011).
  public static final Duration TOKEN_LIFE = Duration.ofMinutes(30);

  private static final Duration KEPT_AFTER_EXPIRY = Duration.ofDays(1);
  private static final Map<String, String> BY_TOKEN = Map.of("how", "token");

  private final Transactions transactions;
  private final EnrollmentStore store;
  private final Intake intake;
  private final Audit audit;
  private final InstantSource clock;

  /// A new token; `token` is shown to the caller and then forgotten.
  public record Created(Enrollment enrollment, Token token) {}

  public Enrollments(
      Transactions transactions,
      EnrollmentStore store,
      Intake intake,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.intake = intake;
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
      Device device =
          intake.again(enrollment.use().get(), machine).orElseThrow(() -> used(enrollment));
      return intake.handOver(device, origin, BY_TOKEN);
    }
    if (!now.isBefore(enrollment.expiresAt())) {
      throw Fault.failedPrecondition("enrollment_token: token expired", "token_expired");
    }
    Intake.Wishes wishes =
        new Intake.Wishes(enrollment.suggestedName(), enrollment.suggestedTags());
    Device device = intake.admit(intake.candidate(machine, wishes), Approval.Step.REPAIR_APPROVED);
    store.markUsed(enrollment.usedBy(new Use(now, machine.hardwareId(), device.id())));
    return intake.handOver(device, origin, BY_TOKEN);
  }

  private static Fault used(Enrollment enrollment) {
    return new Fault(
        FaultCode.ALREADY_EXISTS,
        "enrollment_token: token %s was used already".formatted(enrollment.id()),
        Map.of(Fault.REASON, "token_used"));
  }

  private static Fault unknownToken() {
    return Fault.unauthenticated("enrollment_token: unknown token");
  }

  /// Drops tokens that expired more than a day ago. Called now and then by the server.
  public void tidy() {
    transactions.write(() -> store.deleteExpired(clock.instant().minus(KEPT_AFTER_EXPIRY)));
  }
}
