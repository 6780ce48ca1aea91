package muster.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import muster.event.Event;
import muster.event.EventStore;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlEventStoreTest {
  private static final Instant BEGIN = Instant.parse("2026-04-15T14:30:00Z");

  @TempDir private Path directory;

  private static Event event(int number) {
    return new Event(
        0,
        BEGIN.plusSeconds(number),
        Event.DEVICE_ONLINE,
        Optional.of(new DeviceId("dev-" + number)),
        Map.of("number", "" + number));
  }

  @Test
  void events_areFoundBehindANumber_andWhatIsKeptIsKnown() {
    try (SqliteDatabase database = SqliteDatabase.open(directory.resolve("muster.db"), 1)) {
      SqlEventStore store = new SqlEventStore(database);
      assertThat(store.kept()).isEqualTo(new EventStore.Kept(1, 0));
      for (int i = 1; i <= 5; i++) {
        Event event = event(i);
        database.write(() -> store.append(event));
      }
      assertThat(store.after(2, 2)).extracting(Event::seq).containsExactly(3L, 4L);
      assertThat(store.after(4, 2).getFirst())
          .usingRecursiveComparison()
          .ignoringFields("seq")
          .isEqualTo(event(5));
      assertThat(store.after(5, 2)).isEmpty();
      database.write(() -> store.deleteBefore(BEGIN.plusSeconds(3), 10));
      assertThat(store.kept()).isEqualTo(new EventStore.Kept(3, 5));
      database.write(() -> store.deleteBefore(BEGIN.plusSeconds(100), 10));
      assertThat(store.kept()).isEqualTo(new EventStore.Kept(6, 5));
    }
  }
}
