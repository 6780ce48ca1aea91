package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.id.DeviceId;
import muster.remote.Recording;
import muster.remote.RecordingStore;
import org.junit.jupiter.api.Test;

/// What every [RecordingStore] does.
public abstract class RecordingStoreContract {
  private static final DeviceId ONE = new DeviceId("dev_one");
  private static final DeviceId OTHER = new DeviceId("dev_other");
  private static final Instant BEGAN = Instant.parse("2026-04-15T14:30:00Z");

  /// An empty store.
  protected abstract RecordingStore store();

  private static Recording recording(String id, DeviceId device, int minute) {
    return new Recording(id, device, "user:änna.b_c", BEGAN.plusSeconds(60L * minute), 0);
  }

  private static void write(RecordingStore store, Recording recording, String text) {
    try (RecordingStore.Tape tape = store.begin(recording)) {
      tape.write(text);
    }
  }

  private static List<String> ids(List<Recording> found) {
    return found.stream().map(Recording::id).toList();
  }

  private static String text(RecordingStore store, String id) throws IOException {
    try (InputStream in = store.open(id).orElseThrow()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void empty_listsNothing() {
    RecordingStore store = store();

    assertThat(store.find(Optional.empty(), Optional.empty(), 10)).isEmpty();
    assertThat(store.open("ses_1")).isEmpty();
    assertThat(store.deleteBefore(BEGAN)).isZero();
  }

  @Test
  void longNamesAndDots_areNoTrouble() throws IOException {
    DeviceId device = new DeviceId("a.b.." + "d".repeat(123));
    Recording recording = new Recording("ses_1", device, "key:" + "鍵".repeat(64), BEGAN, 0);
    write(store(), recording, "text\n");

    Recording found = store().find(Optional.of(device), Optional.empty(), 10).getFirst();
    assertThat(found.id()).isEqualTo("ses_1");
    assertThat(recording.startedBy()).startsWith(found.startedBy());
    assertThat(found.startedBy()).startsWith("key:鍵鍵鍵");
    assertThat(text(store(), "ses_1")).isEqualTo("text\n");
    assertThat(store().deleteBefore(BEGAN.plusSeconds(1))).isEqualTo(1);
  }

  @Test
  void written_isThere_alsoBeforeItsEnd() throws IOException {
    RecordingStore store = store();
    RecordingStore.Tape tape = store.begin(recording("ses_1", ONE, 0));
    tape.write("one\n");
    tape.write("größer\n");

    assertThat(text(store, "ses_1")).isEqualTo("one\ngrößer\n");
    assertThat(store.find(Optional.empty(), Optional.empty(), 10))
        .containsExactly(new Recording("ses_1", ONE, "user:änna.b_c", BEGAN, 13));
    tape.close();
    tape.write("too late\n");
    assertThat(text(store, "ses_1")).isEqualTo("one\ngrößer\n");
  }

  @Test
  void find_newestFirst_byDevice_inParts() {
    RecordingStore store = store();
    write(store, recording("ses_1", ONE, 1), "x");
    write(store, recording("ses_3", ONE, 3), "x");
    write(store, recording("ses_2", OTHER, 2), "x");

    assertThat(ids(store.find(Optional.empty(), Optional.empty(), 10)))
        .containsExactly("ses_3", "ses_2", "ses_1");
    assertThat(ids(store.find(Optional.of(ONE), Optional.empty(), 10)))
        .containsExactly("ses_3", "ses_1");
    assertThat(ids(store.find(Optional.empty(), Optional.empty(), 2)))
        .containsExactly("ses_3", "ses_2");
    assertThat(ids(store.find(Optional.empty(), Optional.of("ses_2"), 2))).containsExactly("ses_1");
    assertThat(store.find(Optional.empty(), Optional.of("ses_9"), 2)).isEmpty();
  }

  @Test
  void deleteBefore_removesOlderOnes() {
    RecordingStore store = store();
    write(store, recording("ses_1", ONE, 1), "x");
    write(store, recording("ses_2", ONE, 2), "x");

    assertThat(store.deleteBefore(BEGAN.plusSeconds(120))).isEqualTo(1);

    assertThat(ids(store.find(Optional.empty(), Optional.empty(), 10))).containsExactly("ses_2");
    assertThat(store.open("ses_1")).isEmpty();
  }

  @Test
  void open_takesIdsOnly() {
    RecordingStore store = store();
    write(store, recording("ses_1", ONE, 1), "x");

    for (String none : List.of("", "..", "../ses_1", "ses_", "*", "ses_1.dev_one")) {
      assertThat(store.open(none)).as(none).isEmpty();
    }
  }
}
