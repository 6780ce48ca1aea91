package muster.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import muster.id.CommandId;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

/// Every situation of a command × everything that can happen to it.
class CommandRulesTest {
  /// `.` = nothing changes; `+c` = somebody wants it cancelled; `again` = queued, and it was sent;
  /// `ended` stands for each of the final states; `late` = at the very moment at which the time to
  /// live, the lease or the deadline has passed, else a millisecond before it.
  private static final String TABLE =
      """
      event           queued    again     again+c   sent      sent+c    running   running+c ended
      taken           sent      sent      .         .         .         .         .         .
      taken late      .         .         .         .         .         .         .         .
      started         .         running   running+c running   running+c .         .         .
      refused         .         .         .         failed    failed+c  .         .         .
      busy            .         .         .         queued    cancelled+c .       .         .
      refused stale   .         .         .         .         .         .         .         .
      busy stale      .         .         .         .         .         .         .         .
      unconfirmed     .         .         .         again     again+c   .         .         .
      completed       .         completed completed+c completed completed+c completed completed+c .
      interrupted     .         failed    failed+c  failed    failed+c  failed    failed+c  .
      interr. stale   .         .         .         .         .         .         .         .
      cancel          cancelled again+c   .         sent+c    .         running+c .         .
      unknown         .         queued    cancelled+c queued  cancelled+c lost    lost+c    .
      clock           .         .         .         .         .         .         .         .
      clock late      expired   lost      lost+c    again     again+c   lost      lost+c    .
      withdrawn       cancelled lost      lost+c    cancelled cancelled+c cancelled cancelled+c .
      """;

  private static final Instant CREATED = Instant.parse("2026-04-15T14:30:00Z");
  private static final Instant EXPIRES = CREATED.plusSeconds(3600);
  private static final Instant SENT = CREATED.plusSeconds(10);
  private static final Instant STARTED = CREATED.plusSeconds(20);
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final Command.Result RESULT =
      new Command.Result(Optional.of(3), Optional.empty(), Optional.of(Duration.ofMillis(5)), true);

  private static final Command.Result INTERRUPTED =
      new Command.Result(Optional.empty(), Optional.of("stopped"), Optional.empty(), false);

  @Test
  void next_everySituationAndEvent_isAsTheTableSays() {
    List<List<String>> table = TABLE.lines().map(CommandRulesTest::cells).toList();
    List<String> situations = table.getFirst().subList(1, table.getFirst().size());
    Set<String> events = new HashSet<>();
    int walked = 0;
    for (List<String> row : table.subList(1, table.size())) {
      events.add(row.getFirst());
      for (int i = 0; i < situations.size(); i++) {
        for (String situation : expanded(situations.get(i))) {
          check(situation, row.getFirst(), row.get(i + 1));
          walked++;
        }
      }
    }
    assertThat(walked).isEqualTo(16 * (7 + 6));
    assertThat(events).as("a row for each kind of event, and its variants").hasSize(16);
    assertThat(CommandEvent.class.getPermittedSubclasses()).hasSize(10);
  }

  /// The event may be two words; then come the cells.
  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>(List.of(line.substring(0, 16).strip()));
    cells.addAll(Arrays.asList(line.substring(16).strip().split(" +")));
    assertThat(cells).as(line).hasSize(9);
    return cells;
  }

  private static List<String> expanded(String situation) {
    return situation.equals("ended")
        ? Arrays.stream(CommandStatus.values())
            .filter(CommandStatus::isFinal)
            .map(CommandStatus::word)
            .toList()
        : List.of(situation);
  }

  private static void check(String situation, String event, String expected) {
    String what = situation + " × " + event;
    Command before = command(situation);
    Instant due = before.dueAt().orElse(EXPIRES.plusSeconds(7200));
    Instant now = event.endsWith("late") ? due : due.minusMillis(1);
    Optional<Command> after = CommandRules.next(before, event(event, before), now);
    assertThat(after.map(CommandRulesTest::situation).orElse(".")).as(what).isEqualTo(expected);
    after.ifPresent(command -> checkFields(what, before, command, now));
  }

  private static void checkFields(String what, Command before, Command after, Instant now) {
    CommandStatus status = after.status();
    assertThat(after.attempt())
        .as("%s: attempt", what)
        .isEqualTo(before.attempt() + (status == CommandStatus.SENT && wasQueued(before) ? 1 : 0));
    assertThat(after.leaseUntil().isPresent())
        .as("%s: lease", what)
        .isEqualTo(status == CommandStatus.SENT);
    assertThat(after.finishedAt())
        .as("%s: end", what)
        .isEqualTo(status.isFinal() ? Optional.of(now) : Optional.empty());
    assertThat(after.result().isPresent()).as("%s: result", what).isEqualTo(status.isFinal());
    assertThat(after.dueAt().isPresent()).as("%s: due", what).isEqualTo(!status.isFinal());
    if (status == CommandStatus.RUNNING) {
      assertThat(after.startedAt())
          .as("%s: start", what)
          .isEqualTo(Optional.of(before.startedAt().orElse(now)));
    }
    if (status == CommandStatus.COMPLETED) {
      assertThat(after.result()).as("%s: result", what).contains(RESULT);
    } else if (status.isFinal()) {
      assertThat(after.result().orElseThrow().error()).as("%s: why", what).isPresent();
    }
    assertThat(after.id()).isEqualTo(before.id());
    assertThat(after.expiresAt()).isEqualTo(before.expiresAt());
  }

  private static boolean wasQueued(Command command) {
    return command.status() == CommandStatus.QUEUED;
  }

  private static String situation(Command command) {
    String word =
        command.status() == CommandStatus.QUEUED && command.sentAt().isPresent()
            ? "again"
            : command.status().word();
    return word + (command.cancelRequested() ? "+c" : "");
  }

  private static CommandEvent event(String name, Command command) {
    return switch (name) {
      case "taken", "taken late" -> new CommandEvent.Taken();
      case "started" -> new CommandEvent.Started();
      case "refused" -> new CommandEvent.Refused(command.attempt(), "no such tool", false);
      case "busy" -> new CommandEvent.Refused(command.attempt(), "busy", true);
      case "refused stale" -> new CommandEvent.Refused(command.attempt() - 1, "no", false);
      case "busy stale" -> new CommandEvent.Refused(command.attempt() - 1, "busy", true);
      case "unconfirmed" -> new CommandEvent.Unconfirmed();
      case "completed" -> new CommandEvent.Ended(CommandStatus.COMPLETED, RESULT);
      case "interrupted" -> new CommandEvent.Interrupted(command.attempt(), INTERRUPTED);
      case "interr. stale" -> new CommandEvent.Interrupted(command.attempt() - 1, INTERRUPTED);
      case "cancel" -> new CommandEvent.CancelRequested();
      case "unknown" -> new CommandEvent.Unknown();
      case "clock", "clock late" -> new CommandEvent.Clock();
      case "withdrawn" -> new CommandEvent.Withdrawn("no right");
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Command command(String situation) {
    return command(situation, false, 2);
  }

  private static Command command(String situation, boolean idempotent, int attempt) {
    boolean cancel = situation.endsWith("+c");
    String word = cancel ? situation.substring(0, situation.length() - 2) : situation;
    boolean again = word.equals("again");
    CommandStatus status = again ? CommandStatus.QUEUED : CommandStatus.ofWord(word).orElseThrow();
    boolean sent = again || status != CommandStatus.QUEUED;
    boolean started = status.compareTo(CommandStatus.RUNNING) >= 0;
    return new Command(
        new CommandId("exec_1"),
        new DeviceId("dev_1"),
        "bash",
        Map.of("command", "true"),
        "key:ci",
        "key:key_1",
        Lane.CONTROL,
        idempotent,
        TIMEOUT,
        CREATED,
        EXPIRES,
        Optional.empty(),
        status,
        sent ? attempt : 0,
        new Command.Run(sent ? attempt : 1, 5),
        cancel,
        sent ? Optional.of(SENT) : Optional.empty(),
        status == CommandStatus.SENT
            ? Optional.of(SENT.plus(CommandRules.LEASE))
            : Optional.empty(),
        started ? Optional.of(STARTED) : Optional.empty(),
        status.isFinal() ? Optional.of(STARTED.plusSeconds(1)) : Optional.empty(),
        status.isFinal() ? Optional.of(RESULT) : Optional.empty());
  }

  @Test
  void idempotent_interrupted_waitsForAnotherRun() {
    for (String situation : List.of("again", "sent", "running")) {
      Command before = command(situation, true, 4);
      for (CommandEvent event :
          List.of(new CommandEvent.Interrupted(4, INTERRUPTED), new CommandEvent.Unknown())) {
        Command after = CommandRules.next(before, event, STARTED).orElseThrow();
        assertThat(situation(after)).as("%s × %s", situation, event).isEqualTo("queued");
        assertThat(after.attempt()).isEqualTo(4);
        assertThat(after.run().firstAttempt()).isEqualTo(5);
        assertThat(after.startedAt()).isEmpty();
      }
    }
  }

  @Test
  void idempotent_cancelledOrTooLateOrTooOften_isNotRunAgain() {
    CommandEvent interrupted = new CommandEvent.Interrupted(5, INTERRUPTED);
    assertThat(CommandRules.next(command("running+c", true, 2), interrupted, STARTED))
        .map(CommandRulesTest::situation)
        .contains("failed+c");
    assertThat(CommandRules.next(command("running", true, 5), interrupted, STARTED))
        .map(CommandRulesTest::situation)
        .contains("failed");
    assertThat(CommandRules.next(command("running", true, 2), interrupted, EXPIRES))
        .map(CommandRulesTest::situation)
        .contains("failed");
    assertThat(CommandRules.next(command("running", true, 5), new CommandEvent.Unknown(), STARTED))
        .map(CommandRulesTest::situation)
        .contains("lost");
  }

  @Test
  void due_eachStatus_isWhatTimeHasToSay() {
    assertThat(command("queued").dueAt()).contains(EXPIRES);
    assertThat(command("again").dueAt()).contains(EXPIRES);
    assertThat(command("sent").dueAt()).contains(SENT.plusSeconds(30));
    assertThat(command("running").dueAt()).contains(STARTED.plus(TIMEOUT).plusSeconds(60));
    assertThat(command("lost").dueAt()).isEmpty();
  }
}
