package muster.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ApprovalTest {
  /// `.` = not allowed from here.
  private static final String TABLE =
      """
      step             pending   approved  denied    blocked   revoked
      approve          approved  .         .         .         .
      deny             denied    .         .         .         .
      block            blocked   blocked   blocked   blocked   blocked
      unblock          .         .         .         approved  .
      revoke           .         revoked   .         blocked   revoked
      repair_pending   pending   pending   pending   .         pending
      repair_approved  approved  approved  pending   .         approved
      """;

  @Test
  void after_everyApprovalAndStep_isAsTheTableSays() {
    List<List<String>> table =
        TABLE.lines().map(line -> Arrays.asList(line.strip().split(" +"))).toList();
    List<String> states = table.getFirst().subList(1, table.getFirst().size());
    assertThat(states).isEqualTo(Arrays.stream(Approval.values()).map(Approval::word).toList());
    List<List<String>> rows = table.subList(1, table.size());
    assertThat(rows.stream().map(List::getFirst).map(ApprovalTest::step).toList())
        .isEqualTo(List.of(Approval.Step.values()));
    for (List<String> row : rows) {
      for (int i = 0; i < states.size(); i++) {
        Approval from = Approval.values()[i];
        assertThat(from.after(step(row.getFirst())).map(Approval::word).orElse("."))
            .as("%s × %s", from, row.getFirst())
            .isEqualTo(row.get(i + 1));
      }
    }
  }

  private static Approval.Step step(String word) {
    return Approval.Step.valueOf(word.toUpperCase(Locale.ROOT));
  }
}
