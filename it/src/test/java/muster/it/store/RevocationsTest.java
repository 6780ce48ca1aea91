package muster.it.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import muster.enrollment.Use;
import muster.id.DeviceId;
import muster.pairing.PairingCode;
import muster.store.RevocationLedger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is written down for good when a right ends. The schema goes by the real time.
class RevocationsTest {
  @TempDir Path directory;
  private SqliteFile file;

  @BeforeEach
  void open() {
    file = new SqliteFile(directory);
  }

  @AfterEach
  void close() {
    file.close();
  }

  private PairingCode insert(String id, Duration untilItsEnd) {
    Instant expiresAt = Instant.now().plus(untilItsEnd);
    PairingCode code =
        new PairingCode(
            id,
            "key:key_1",
            Optional.empty(),
            0,
            expiresAt.minusSeconds(300),
            expiresAt,
            Optional.empty(),
            Optional.empty());
    write(() -> file.pairings().insert(code));
    return code;
  }

  private void write(Runnable work) {
    file.database()
        .write(() -> {
          work.run();
          return true;
        });
  }

  private int written() throws IOException {
    return RevocationLedger.look(directory.resolve("revocations.log"))
        .map(RevocationLedger.Content::entries)
        .orElse(0);
  }

  @Test
  void pairingCode_thatNobodyUsed_leavesNothing() throws IOException {
    insert("pair_1", Duration.ofMinutes(-10));
    insert("pair_2", Duration.ofMinutes(1));
    write(() ->
        assertThat(file.pairings().deleteExpired(Instant.now().minusSeconds(60))).isEqualTo(1));
    assertThat(file.pairings().find("pair_1")).isEmpty();
    assertThat(file.pairings().find("pair_2")).isPresent();
    assertThat(written()).isZero();
  }

  @Test
  void pairingCode_thatIsUsedOrPushedOut_doesNotComeBackWithABackup() throws IOException {
    PairingCode used = insert("pair_1", Duration.ofMinutes(4));
    insert("pair_2", Duration.ofMinutes(4));
    Use use = new Use(Instant.now(), Optional.empty(), new DeviceId("dev_1"));
    write(() -> file.pairings().markUsed(used.usedBy(use)));
    write(() -> file.pairings().delete("pair_2"));
    assertThat(written()).isEqualTo(2);
  }
}
