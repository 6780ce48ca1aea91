package muster.testkit.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.Lane;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DevicePolicy;
import muster.device.DeviceState;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.id.CommandId;
import muster.id.DeviceId;

/// Values for the contract suites, with every field filled.
final class Samples {
  static final Instant T = Instant.parse("2026-04-15T14:30:00.123Z");

  /// Text that stores and encodings like to break.
  static final String ODD = "ä ß 😀 \"'\\ % _ * <b> \u202e \uFFFD e\u0301";

  private Samples() {}

  static Device device(String id) {
    return new Device(
        new DeviceId(id),
        "name of " + id,
        new TreeSet<>(List.of("prod", ODD)),
        Approval.APPROVED,
        Condition.MAINTENANCE,
        new DeviceFacts(
            Optional.of("server"),
            Optional.of("0.1.0"),
            Optional.of("web-1"),
            Optional.of("linux"),
            Optional.of("x86_64"),
            Optional.of("Debian " + ODD),
            List.of("bash", "file"),
            Optional.of(
                new DevicePolicy(
                    DevicePolicy.State.IN_FORCE,
                    Optional.empty(),
                    Map.of("read", Map.of("deny", List.of(ODD)), "terminal", false))),
            Map.of("cpu_cores", "4", ODD, ODD)),
        Map.of("rack", "7", ODD, ODD),
        Optional.of("hw-" + id),
        T,
        T.plusMillis(1),
        Decisions.NONE,
        DeviceState.NEVER_SEEN);
  }

  /// A device of which nothing is known.
  static Device bare(String id) {
    return new Device(
        new DeviceId(id),
        id,
        new TreeSet<>(),
        Approval.PENDING,
        Condition.NORMAL,
        DeviceFacts.NONE,
        Map.of(),
        Optional.empty(),
        T,
        T,
        Decisions.NONE,
        DeviceState.NEVER_SEEN);
  }

  static DeviceState state(long epoch, Instant onlineUntil) {
    return new DeviceState(
        epoch,
        onlineUntil,
        false,
        true,
        Optional.of(T.minusSeconds(100)),
        Optional.of(T),
        Optional.of("10.0.0.9"),
        onlineUntil.equals(DeviceState.HELD) ? Optional.empty() : Optional.of(LinkEnd.BROKEN),
        Optional.of(health(T)));
  }

  static Health health(Instant at) {
    return new Health(
        at,
        Optional.of(12.5),
        Optional.of(0.0),
        Optional.of(100.0),
        List.of(0.45, 0.38, 12.0),
        Optional.of(432_000L),
        Optional.of(-5.5),
        Optional.of(1L << 40),
        Optional.of(Long.MAX_VALUE),
        Optional.of(0L));
  }

  static Command command(String id, String device) {
    return new Command(
        new CommandId(id),
        new DeviceId(device),
        "bash",
        Map.of(
            "argv",
            List.of("sh", "-c", ODD),
            "number",
            7L,
            "big",
            Long.MIN_VALUE,
            "real",
            1.5,
            "flag",
            true,
            "env",
            Map.of("A", "b")),
        "key:ci " + ODD,
        "key:key_1",
        Lane.CONTROL,
        false,
        Duration.ofSeconds(300),
        T,
        T.plusSeconds(86_400),
        Optional.empty(),
        CommandStatus.QUEUED,
        0,
        new Command.Run(1, 0),
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static Command inLane(Command command, Lane lane, boolean idempotent) {
    return new Command(
        command.id(),
        command.device(),
        command.tool(),
        command.args(),
        command.requestedBy(),
        command.requesterId(),
        lane,
        idempotent,
        command.timeout(),
        command.createdAt(),
        command.expiresAt(),
        command.idempotencyKey(),
        command.status(),
        command.attempt(),
        new Command.Run(3, 7),
        command.cancelRequested(),
        command.sentAt(),
        command.leaseUntil(),
        command.startedAt(),
        command.finishedAt(),
        command.result());
  }

  static Command withKey(Command command, String requester, String key) {
    return new Command(
        command.id(),
        command.device(),
        command.tool(),
        command.args(),
        command.requestedBy(),
        requester,
        command.lane(),
        command.idempotent(),
        command.timeout(),
        command.createdAt(),
        command.expiresAt(),
        Optional.of(key),
        command.status(),
        command.attempt(),
        command.run(),
        command.cancelRequested(),
        command.sentAt(),
        command.leaseUntil(),
        command.startedAt(),
        command.finishedAt(),
        command.result());
  }

  /// The command further on in its life; what belongs to that status is filled in.
  static Command moved(Command command, CommandStatus status, Instant at) {
    boolean sent = status != CommandStatus.QUEUED;
    return new Command(
        command.id(),
        command.device(),
        command.tool(),
        command.args(),
        command.requestedBy(),
        command.requesterId(),
        command.lane(),
        command.idempotent(),
        command.timeout(),
        command.createdAt(),
        command.expiresAt(),
        command.idempotencyKey(),
        status,
        command.attempt() + (sent ? 1 : 0),
        command.run(),
        command.cancelRequested(),
        sent ? Optional.of(at) : Optional.empty(),
        status == CommandStatus.SENT ? Optional.of(at.plusSeconds(30)) : Optional.empty(),
        status.compareTo(CommandStatus.SENT) > 0 ? Optional.of(at) : Optional.empty(),
        status.isFinal() ? Optional.of(at) : Optional.empty(),
        status.isFinal()
            ? Optional.of(
                new Command.Result(
                    Optional.of(3), Optional.of(ODD), Optional.of(Duration.ofMillis(1234)), true))
            : Optional.empty());
  }
}
