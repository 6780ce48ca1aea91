package muster.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import muster.blob.Checksum;
import muster.id.DeviceId;
import muster.id.TransferId;
import org.junit.jupiter.api.Test;

/// Every state of a transfer × everything that can happen to it.
class TransferRulesTest {
  /// `.` = nothing changes; `late` = at the very moment at which it is given up, else a millisecond
  /// before it; `sized` = running, and the size is known.
  private static final String TABLE =
      """
      event           queued     running    sized      completed  failed  cancelled
      taken           running    .          .          .          .       .
      taken-late      .          .          .          .          .       .
      returned        .          queued     queued     .          .       .
      size            .          sized      .          .          .       .
      completed       completed  completed  completed  .          .       .
      failed          failed     failed     failed     .          .       .
      cancelled       cancelled  cancelled  cancelled  .          .       .
      clock           .          .          .          .          .       .
      clock-late      failed     failed     failed     .          .       .
      """;

  private static final Instant CREATED = Instant.parse("2026-04-15T14:30:00Z");
  private static final Instant EXPIRES = CREATED.plusSeconds(3600);
  private static final Checksum CHECKSUM = Checksum.of(new byte[] {1, 2, 3});

  @Test
  void next_everyStateAndEvent_isAsTheTableSays() {
    List<List<String>> table = TABLE.lines().map(line -> Arrays.asList(line.split(" +"))).toList();
    List<String> states = table.getFirst().subList(1, table.getFirst().size());
    Set<Class<?>> events = new HashSet<>();
    for (List<String> row : table.subList(1, table.size())) {
      events.add(event(row.getFirst()).getClass());
      for (int i = 0; i < states.size(); i++) {
        check(states.get(i), row.getFirst(), row.get(i + 1));
      }
    }
    assertThat(states).hasSize(TransferStatus.values().length + 1);
    assertThat(events).containsExactlyInAnyOrder(TransferEvent.class.getPermittedSubclasses());
  }

  private static void check(String state, String event, String expected) {
    Instant now = event.endsWith("late") ? EXPIRES : EXPIRES.minusMillis(1);
    Optional<Transfer> next = TransferRules.next(transfer(state), event(event), now);
    String as = state + " × " + event;
    if (expected.equals(".")) {
      assertThat(next).as(as).isEmpty();
      return;
    }
    Transfer after = next.orElseThrow();
    assertThat(after.status()).as(as).isEqualTo(status(expected));
    assertThat(after.finishedAt().isPresent()).as(as).isEqualTo(after.status().isFinal());
    assertThat(after.error().isPresent())
        .as(as)
        .isEqualTo(List.of("failed", "cancelled").contains(expected));
    if (expected.equals("completed")) {
      assertThat(after.checksum()).contains(CHECKSUM);
      assertThat(after.bytesDone()).isEqualTo(after.size().orElseThrow()).isEqualTo(3);
    }
    if (expected.equals("sized")) {
      assertThat(after.size()).contains(3L);
    }
  }

  private static TransferEvent event(String word) {
    return switch (word) {
      case "taken", "taken-late" -> new TransferEvent.Taken();
      case "returned" -> new TransferEvent.Returned();
      case "size" -> new TransferEvent.Sized(3);
      case "completed" -> new TransferEvent.Completed(3, CHECKSUM);
      case "failed" -> new TransferEvent.Failed("why");
      case "cancelled" -> new TransferEvent.Cancelled("why");
      case "clock", "clock-late" -> new TransferEvent.Clock();
      default -> throw new AssertionError(word);
    };
  }

  private static TransferStatus status(String word) {
    return word.equals("sized")
        ? TransferStatus.RUNNING
        : TransferStatus.ofWord(word).orElseThrow();
  }

  private static Transfer transfer(String state) {
    TransferStatus status = status(state);
    return new Transfer(
        TransferId.random(),
        new DeviceId("dev_1"),
        Transfer.Direction.DOWNLOAD,
        "/etc/hosts",
        Optional.empty(),
        "user:anna",
        "user:usr_1",
        CREATED,
        EXPIRES,
        status,
        state.equals("sized") ? Optional.of(9L) : Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        status.isFinal() ? Optional.of(CREATED) : Optional.empty());
  }
}
