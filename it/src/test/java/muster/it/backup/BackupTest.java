package muster.it.backup;

import static muster.it.backup.BackupRig.backUp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import muster.backup.Restore;
import muster.backup.Verification;
import muster.fault.Fault;
import muster.store.SqlSettings;
import muster.store.SqliteDatabase;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());

  private static TestMuster muster;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  void backup_ofARunningServer_isSound_andOnRecord() throws IOException {
    muster.enroll("saved");
    Verification sound = Verification.of(backUp(muster, directory.resolve("b.zip")));
    assertThat(sound.auditEntries()).isPositive();
    assertThat(sound.bytes()).isPositive();
    assertThat(muster.admin().get("/v1/audit?action=server.backup").expect(200).body())
        .contains("key:bootstrap")
        .contains("store_bytes");
    // Nothing of it stays on the server.
    try (var scratch = Files.list(muster.data().resolve("server/tmp"))) {
      assertThat(scratch).isEmpty();
    }
  }

  @Test
  void backup_isForOwnersOnly() {
    muster.withRole("admin").post("/v1/backup", Map.of()).expect(403);
    muster.anonymous().post("/v1/backup", Map.of()).expect(401);
  }

  @Test
  void backup_holdsNoTokenInTheClear() throws IOException {
    byte[] bytes = Files.readAllBytes(backUp(muster, directory.resolve("b.zip")));
    String secret = muster.adminKey().substring(muster.adminKey().lastIndexOf('_') + 1);
    assertThat(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain(secret);
  }

  /// Writes are answered while the copy is made: neither waits for the other.
  @Test
  void copy_whileOthersWrite_holdsUpNobody_andIsOneMoment() throws Exception {
    try (SqliteDatabase database = SqliteDatabase.open(directory.resolve("big.db"), 1)) {
      SqlSettings settings = new SqlSettings(database);
      byte[] bulk = new byte[1 << 20];
      for (int i = 0; i < 48; i++) {
        settings.put("bulk-" + i, bulk);
      }
      AtomicBoolean copying = new AtomicBoolean(true);
      AtomicInteger writes = new AtomicInteger();
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                while (copying.get()) {
                  int n = writes.get() + 1;
                  database.write(() -> {
                    // Two rows that a copy of half a transaction would tell apart.
                    settings.put("left", new byte[] {(byte) n});
                    settings.put("right", new byte[] {(byte) n});
                    return n;
                  });
                  writes.incrementAndGet();
                }
              });
      int before = writes.get();
      Path copy = directory.resolve("copy.db");
      database.copyTo(copy);
      int during = writes.get() - before;
      copying.set(false);
      writer.join();
      assertThat(during).isPositive();
      try (SqliteDatabase copied = SqliteDatabase.open(copy, 1)) {
        SqlSettings there = new SqlSettings(copied);
        assertThat(there.get("left").map(Arrays::toString))
            .isEqualTo(there.get("right").map(Arrays::toString));
        assertThat(there.get("bulk-47")).hasValueSatisfying(b -> assertThat(b).isEqualTo(bulk));
      }
    }
  }

  @Test
  void damagedSizeInTheZipsDirectory_isNeverAccepted() throws IOException {
    byte[] whole = Files.readAllBytes(backUp(muster, directory.resolve("sizes.zip")));
    int records = 0;
    for (int at = 0; at + 24 < whole.length; at++) {
      boolean isRecord =
          whole[at] == 'P' && whole[at + 1] == 'K' && whole[at + 2] == 1 && whole[at + 3] == 2;
      if (isRecord) {
        records++;
        byte[] damaged = whole.clone();
        // One byte of packed content, it says.
        System.arraycopy(new byte[] {1, 0, 0, 0}, 0, damaged, at + 20, 4);
        Path file = Files.write(directory.resolve("damaged.zip"), damaged);
        assertThatThrownBy(() -> Verification.of(file))
            .isInstanceOf(Fault.class)
            .hasMessageContaining("damaged.zip");
      }
    }
    assertThat(records).isGreaterThan(1);
  }

  @Test
  void damagedBackup_isNeverAccepted_andChangesNothing() throws IOException {
    byte[] whole = Files.readAllBytes(backUp(muster, directory.resolve("b.zip")));
    SplittableRandom random = new SplittableRandom(SEED);
    Path data = directory.resolve("data");
    for (int i = 0; i < 60; i++) {
      byte[] damaged = whole.clone();
      if (i % 3 == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      } else {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Path file = Files.write(directory.resolve("damaged.zip"), damaged);
      String what = "seed %d, mutation %d".formatted(SEED, i);
      try {
        // A bit that means nothing, such as a time in the zip: all that counts is as it was.
        Verification.of(file);
      } catch (Fault refused) {
        assertThat(refused).as(what).hasMessageContaining("damaged.zip");
        assertThatThrownBy(() -> new Restore(data, muster.clock()).run(file, false))
            .as(what)
            .isInstanceOf(Fault.class);
        assertThat(data.resolve("server/muster.db")).as(what).doesNotExist();
        assertThat(data.resolve("server/tmp")).as(what).doesNotExist();
      }
    }
  }
}
