package muster.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AuditChainTest {
  private static final Instant AT = Instant.parse("2026-04-15T14:30:00.123Z");

  private static AuditEntry entry(
      List<String> texts,
      long seq,
      Instant at,
      AuditEntry.Outcome out,
      Map<String, String> detail) {
    return new AuditEntry(
        seq,
        at,
        texts.get(0),
        texts.get(1),
        texts.get(2),
        texts.get(3),
        out,
        texts.get(4),
        texts.get(5),
        texts.get(6),
        new TreeMap<>(detail));
  }

  private static final List<String> TEXTS =
      List.of("user:anna", "user:anna", "device.update", "dev_1", "kvmfleet", "::1", "req_1");
  private static final Map<String, String> DETAIL = Map.of("name", "a", "tags", "b");

  private static String hash(AuditEntry entry) {
    return AuditChain.hash("aa", entry);
  }

  private static AuditEntry entry() {
    return entry(TEXTS, 7, AT, AuditEntry.Outcome.OK, DETAIL);
  }

  @Test
  void hash_sameRow_isTheSame() {
    assertThat(hash(entry())).isEqualTo(hash(entry())).matches("[0-9a-f]{64}");
  }

  @Test
  void hash_anyFieldChanged_isAnother() {
    List<String> hashes = new ArrayList<>();
    hashes.add(hash(entry()));
    hashes.add(AuditChain.hash("ab", entry()));
    hashes.add(AuditChain.hash("", entry()));
    hashes.add(hash(entry().withSeq(8)));
    hashes.add(hash(entry(TEXTS, 7, AT.plusMillis(1), AuditEntry.Outcome.OK, DETAIL)));
    hashes.add(hash(entry(TEXTS, 7, AT, AuditEntry.Outcome.DENIED, DETAIL)));
    for (int i = 0; i < TEXTS.size(); i++) {
      List<String> changed = new ArrayList<>(TEXTS);
      changed.set(i, changed.get(i) + "x");
      hashes.add(hash(entry(changed, 7, AT, AuditEntry.Outcome.OK, DETAIL)));
    }
    for (Map<String, String> detail :
        List.of(
            Map.<String, String>of(),
            Map.of("name", "a"),
            Map.of("name", "a", "tags", "c"),
            Map.of("name", "a", "tagz", "b"),
            Map.of("name", "atags", "b", ""),
            Map.of("name", "a", "tags", "b", "x", ""))) {
      hashes.add(hash(entry(TEXTS, 7, AT, AuditEntry.Outcome.OK, detail)));
    }
    assertThat(new HashSet<>(hashes)).hasSameSizeAs(hashes);
  }

  /// What moves over the border of two fields is another row: lengths are part of the bytes.
  @Test
  void hash_textMovedToTheNextField_isAnother() {
    List<String> moved = new ArrayList<>(TEXTS);
    moved.set(2, "device.updated");
    moved.set(3, "ev_1");
    assertThat(hash(entry(moved, 7, AT, AuditEntry.Outcome.OK, DETAIL)))
        .isNotEqualTo(hash(entry()));
  }

  @Test
  void hash_belowAMillisecond_isTheSame() {
    assertThat(hash(entry(TEXTS, 7, AT.plusNanos(999), AuditEntry.Outcome.OK, DETAIL)))
        .isEqualTo(hash(entry()));
  }
}
