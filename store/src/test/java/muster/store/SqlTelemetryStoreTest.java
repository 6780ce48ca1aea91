package muster.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlTelemetryStoreTest {
  @TempDir private Path directory;
  private Path file = Path.of("/");
  private SqlTelemetryStore store = new SqlTelemetryStore(Path.of(":memory:"));

  @BeforeEach
  void open() {
    store.close();
    file = directory.resolve("samples.db");
    store = new SqlTelemetryStore(file);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void reopen() {
    store.close();
    store = new SqlTelemetryStore(file);
  }

  private void seal(long hour, String... streamsAndChunks) {
    Map<String, byte[]> chunks = new HashMap<>();
    for (int i = 0; i < streamsAndChunks.length; i += 2) {
      chunks.put(streamsAndChunks[i], streamsAndChunks[i + 1].getBytes(UTF_8));
    }
    store.seal(hour, chunks);
  }

  private List<String> scan(long from, long to, String... streams) {
    List<String> found = new ArrayList<>();
    store.scan(
        from,
        to,
        streams.length == 0 ? Optional.empty() : Optional.of(Set.of(streams)),
        (hour, stream, chunk) -> found.add(hour + " " + stream + " " + new String(chunk, UTF_8)));
    return found;
  }

  private List<String> logged() {
    List<String> found = new ArrayList<>();
    store.replay((hour, samples) -> found.add(hour + " " + new String(samples, UTF_8)));
    return found;
  }

  @Test
  void log_isReplayedInOrder_untilItsHourIsForgotten() {
    store.log(7, "a".getBytes(UTF_8));
    store.log(8, "b".getBytes(UTF_8));
    store.log(7, "c".getBytes(UTF_8));
    reopen();
    assertThat(logged()).containsExactly("7 a", "8 b", "7 c");
    store.forgetLog(7);
    reopen();
    assertThat(logged()).containsExactly("8 b");
  }

  @Test
  void chunks_areFoundHourByHour_andByStream() {
    seal(9, "b", "b9", "a", "a9", "", "fleet");
    seal(8, "a", "a8");
    seal(11, "a", "a11");
    reopen();
    assertThat(scan(0, 100)).hasSize(5).startsWith("8 a a8").endsWith("11 a a11");
    assertThat(scan(9, 10)).containsExactlyInAnyOrder("9 b b9", "9 a a9", "9  fleet");
    assertThat(scan(8, 11, "a", "nobody")).containsExactly("8 a a8", "9 a a9", "11 a a11");
    assertThat(scan(Long.MIN_VALUE >> 40, Long.MAX_VALUE >> 40, "b")).containsExactly("9 b b9");
    assertThat(scan(0, 100, "nobody")).isEmpty();
  }

  @Test
  void chunks_ofManyStreams_areFound() {
    Map<String, byte[]> chunks = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      chunks.put("s" + i, new byte[] {'x'});
    }
    store.seal(5, chunks);
    String[] most = chunks.keySet().stream().limit(250).toArray(String[]::new);
    assertThat(scan(5, 5, most)).hasSize(250);
    assertThat(scan(5, 5)).hasSize(300);
  }

  @Test
  void sealedAgain_isReplaced() {
    seal(9, "a", "once");
    seal(9, "a", "twice");
    assertThat(scan(0, 100)).containsExactly("9 a twice");
  }

  @Test
  void drop_takesTheOldest() {
    for (int hour = 1; hour <= 5; hour++) {
      seal(hour, "a", "x", "b", "y");
    }
    assertThat(store.drop(4, 4)).isEqualTo(4);
    assertThat(store.drop(4, 4)).isEqualTo(2);
    assertThat(store.drop(4, 4)).isZero();
    assertThat(scan(0, 100)).hasSize(4).allMatch(found -> found.charAt(0) >= '4');
  }

  @Test
  void forgottenStream_isNotFound_norByASuccessorOfItsName() {
    seal(1, "a", "old");
    seal(1, "b", "other");
    store.forget(Set.of("a", "nobody"));
    assertThat(scan(0, 100)).containsExactly("1 b other");
    seal(2, "a", "new");
    assertThat(scan(0, 100)).containsExactly("1 b other", "2 a new");
  }

  @Test
  void damagedFile_isPutAside() throws IOException {
    seal(1, "a", "old");
    store.close();
    Files.writeString(file, "no database at all ".repeat(500));
    Files.deleteIfExists(directory.resolve("samples.db-wal"));
    store = new SqlTelemetryStore(file);
    assertThat(scan(0, 100)).isEmpty();
    assertThat(directory.resolve("samples.db.damaged")).exists();
    seal(2, "a", "new");
    reopen();
    assertThat(scan(0, 100)).containsExactly("2 a new");
  }
}
