package muster.it.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import muster.fault.Fault;
import muster.store.SqlSettings;
import muster.store.SqliteDatabase;
import muster.store.StoreCheck;
import muster.store.StoreException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A store's file that was cut, changed or taken away is refused by name, or opens at a state it
/// once had. Seeded; `-Dmuster.seed=` repeats a run.
class DamagedStoreTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final int ROWS = 40;

  @TempDir Path directory;

  private Path file;
  private byte[] store;
  private byte[] log;
  private byte[] ledger;

  /// A store as a killed server leaves it: half of its commits in the write-ahead log.
  @BeforeEach
  void make() throws IOException {
    Path original = directory.resolve("original");
    try (SqliteDatabase first = SqliteDatabase.open(original.resolve("muster.db"), 1)) {
      put(first, 0, ROWS / 2);
    }
    SqliteDatabase second = SqliteDatabase.open(original.resolve("muster.db"), 1);
    put(second, ROWS / 2, ROWS);
    store = Files.readAllBytes(original.resolve("muster.db"));
    log = Files.readAllBytes(original.resolve("muster.db-wal"));
    ledger = Files.readAllBytes(original.resolve("revocations.log"));
    second.close();
    file = Files.createDirectories(directory.resolve("damaged")).resolve("muster.db");
  }

  private static void put(SqliteDatabase database, int from, int to) {
    SqlSettings settings = new SqlSettings(database);
    for (int i = from; i < to; i++) {
      settings.put("row-%03d".formatted(i), value(i));
    }
  }

  private static byte[] value(int i) {
    byte[] value = new byte[2_000];
    Arrays.fill(value, (byte) i);
    return value;
  }

  private void write(byte[] newStore, byte[] newLog) throws IOException {
    for (String name : List.of("muster.db", "muster.db-wal", "muster.db-shm", "revocations.log")) {
      Files.deleteIfExists(file.resolveSibling(name));
    }
    Files.write(file, newStore);
    Files.write(file.resolveSibling("muster.db-wal"), newLog);
    Files.write(file.resolveSibling("revocations.log"), ledger);
  }

  /// How many rows are there, from the first on without a gap and as they were written.
  private int rows(String what) {
    try (SqliteDatabase database = SqliteDatabase.open(file, 1)) {
      SqlSettings settings = new SqlSettings(database);
      int count = 0;
      for (int i = 0; i < ROWS; i++) {
        Optional<byte[]> row = settings.get("row-%03d".formatted(i));
        if (row.isEmpty()) {
          continue;
        }
        assertThat(i).as("%s: a gap", what).isEqualTo(count++);
      }
      return count;
    }
  }

  @Test
  void unharmedStore_hasEverything() throws IOException {
    write(store, log);
    assertThat(rows("unharmed")).isEqualTo(ROWS);
  }

  @Test
  void cutOrChangedLog_opensAtACommitItOnceHad() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 150; i++) {
      String what = "seed %d, mutation %d".formatted(SEED, i);
      write(store, mutated(log, random, i));
      // The log has checksums: what follows the damage is as if it had never been written.
      assertThat(rows(what)).as(what).isBetween(ROWS / 2, ROWS);
      assertThat(StoreCheck.problems(file)).as(what).isEmpty();
    }
  }

  @Test
  void cutOrChangedFile_isRefusedByName_orStructurallyWhole() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    List<String> refused = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String what = "seed %d, mutation %d".formatted(SEED, i);
      byte[] damaged = mutated(store, random, i);
      write(damaged, new byte[0]);
      try {
        assertThat(rows(what)).as(what).isEqualTo(ROWS / 2);
      } catch (Fault fault) {
        refused.add(fault.getMessage());
        assertThat(fault.getMessage()).as(what).contains("muster.db");
        // Harm to what the migrations noted looks like another version's store.
        if (!fault.getMessage().contains("does not fit this version")) {
          assertThat(fault.reason()).as(what).isEqualTo("store_damaged");
          assertThat(fault.getMessage()).as(what).contains("muster doctor").contains("restore");
        }
        // Nothing is made worse by the attempt.
        assertThat(Files.readAllBytes(file)).as(what).isEqualTo(damaged);
      } catch (StoreException later) {
        // In a place that only a read of that row meets: told, not guessed.
        refused.add(String.valueOf(later.getMessage()));
      }
    }
    assertThat(refused).as("seed %d", SEED).hasSizeGreaterThan(60);
  }

  /// Every third is cut off, the others have one bit changed or a run of bytes overwritten.
  private static byte[] mutated(byte[] whole, SplittableRandom random, int i) {
    int at = random.nextInt(whole.length);
    if (i % 3 == 0) {
      return Arrays.copyOf(whole, at);
    }
    byte[] changed = whole.clone();
    if (i % 3 == 1) {
      changed[at] ^= (byte) (1 << random.nextInt(8));
    } else {
      for (int j = at; j < Math.min(whole.length, at + 512); j++) {
        changed[j] = (byte) random.nextInt(256);
      }
    }
    return changed;
  }

  @Test
  void lostOrEmptiedFile_isRefused_whereThereWasAStore() throws IOException {
    write(new byte[0], new byte[0]);
    assertThatThrownBy(() -> SqliteDatabase.open(file, 1))
        .isInstanceOf(Fault.class)
        .hasMessageContaining("muster.db is damaged: it is missing or empty");
    Files.delete(file);
    assertThatThrownBy(() -> SqliteDatabase.open(file, 1)).isInstanceOf(Fault.class);
  }

  @Test
  void tornLedger_losesItsLastLineOnly() throws IOException {
    write(store, log);
    Path revocations = file.resolveSibling("revocations.log");
    Files.writeString(
        revocations,
        "7 credential key_x 00000000\n8 cred",
        java.nio.file.StandardOpenOption.APPEND);
    assertThat(rows("torn")).isEqualTo(ROWS);
    assertThat(Files.readString(revocations)).endsWith("00000000\n");
  }
}
