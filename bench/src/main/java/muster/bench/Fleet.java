package muster.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceState;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.id.DeviceId;
import muster.store.SqlDeviceStore;
import muster.store.SqliteDatabase;

/// A made-up fleet, written into a store before a server opens it: names in racks, a few types and
/// tags, nine in ten seen just now, measures spread evenly. The same for the same size.
final class Fleet {
  private static final int BATCH = 5_000;
  private static final List<String> TYPES = List.of("pikvm", "sbc", "server", "container");
  private static final List<String> SITES =
      List.of("frankfurt", "munich", "oslo", "porto", "turin");

  private Fleet() {}

  static DeviceId id(int number) {
    return new DeviceId("dev_%016d".formatted(number));
  }

  static void write(Path file, int size) {
    Random random = new Random(1);
    Instant now = Instant.now();
    try (SqliteDatabase database = SqliteDatabase.open(file, 1)) {
      SqlDeviceStore store = new SqlDeviceStore(database);
      for (int from = 0; from < size; from += BATCH) {
        int first = from;
        database.write(() -> {
          for (int i = first; i < Math.min(size, first + BATCH); i++) {
            Device device = device(i, random, now);
            store.insert(device);
            store.saveState(device.id(), device.state());
          }
          return first;
        });
      }
    }
  }

  private static Device device(int number, Random random, Instant now) {
    boolean online = random.nextInt(10) > 0;
    Instant seen = now.minusSeconds(random.nextInt(15));
    Health health =
        new Health(
            seen,
            Optional.of(random.nextInt(1000) / 10.0),
            Optional.of(random.nextInt(1000) / 10.0),
            Optional.of(random.nextInt(1000) / 10.0),
            List.of(0.5, 0.4, 0.3),
            Optional.of(864_000L),
            Optional.empty(),
            Optional.of(8L << 30),
            Optional.empty(),
            Optional.empty());
    DeviceState state =
        new DeviceState(
            1,
            online ? now.plus(Duration.ofHours(2)) : now.minusSeconds(60),
            false,
            online,
            Optional.of(seen),
            Optional.of(seen),
            Optional.of("127.0.0.1"),
            online ? Optional.empty() : Optional.of(LinkEnd.BROKEN),
            Optional.of(health));
    String site = SITES.get(random.nextInt(SITES.size()));
    return new Device(
        id(number),
        "DC%d-R%d-S%d".formatted(random.nextInt(9), random.nextInt(100), number),
        new TreeSet<>(random.nextInt(3) == 0 ? List.of("prod", site) : List.of(site)),
        Approval.APPROVED,
        Condition.NORMAL,
        new DeviceFacts(
            Optional.of(TYPES.get(random.nextInt(TYPES.size()))),
            Optional.of("0.4.2"),
            Optional.of("host-" + number),
            Optional.of("linux"),
            Optional.of("x86_64"),
            Optional.of("Debian GNU/Linux 12 (bookworm)"),
            List.of("bash", "install_update"),
            Optional.empty()),
        Map.of(),
        Optional.of("hw-" + number),
        now,
        now,
        Decisions.NONE,
        state);
  }
}
