package muster.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceFields;
import muster.device.DeviceQuery;
import muster.device.DeviceState;
import muster.device.DeviceStore;
import muster.device.Health;
import muster.device.LinkEnd;
import muster.device.Presence;
import muster.filter.Field;
import muster.filter.Filter;
import muster.filter.Kind;
import muster.filter.Op;
import muster.filter.Order;
import muster.filter.Subject;
import muster.filter.Value;
import muster.id.DeviceId;
import muster.page.Cursor;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;
import org.junit.jupiter.api.Test;

/// The store's lists and counts are what the filters and orders say in memory, over the real schema
/// of devices and all its fields: random devices, presences, filters, orders and page sizes.
/// Seeded; `-Dmuster.seed=` repeats a run, and every failure names its seed.
public abstract class DeviceFilterContract {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final Instant NOW = Samples.T;
  private static final int CASES = 400;
  private static final List<String> PIECES =
      List.of(
          "web", "Web", "db", "-1", "a", "Z", "_", "%", "*", "\"", "'", "\\", " ", "ä", "😀", "0");
  private static final List<String> KEYS = List.of("rack", "Rack", "a b", "rack.unit");
  private static final List<Long> OFFSETS_MILLIS =
      List.of(-600_000L, -300_001L, -300_000L, -299_999L, -45_000L, -1L, 0L, 1L, 45_000L);

  private final SplittableRandom random = new SplittableRandom(SEED);

  protected abstract Transactions transactions();

  protected abstract DeviceStore store();

  private record Seen(Device device) implements Subject {
    @Override
    public List<?> values(String field, String key) {
      return DeviceFields.subject(device, NOW).values(field, key);
    }
  }

  @Test
  public void findAndCount_anyFilterOrderAndPage_agreeWithTheFilterInMemory() {
    List<Device> devices = devices(120);
    transactions()
        .write(() -> {
          devices.forEach(store()::insert);
          return true;
        });
    Set<String> asked = new HashSet<>();
    int telling = 0;
    for (int i = 0; i < CASES; i++) {
      Filter filter = random.nextInt(20) == 0 ? Filter.ALL : filter(devices, 3, asked);
      Order order = order();
      String what = "seed " + SEED + ": " + filter + " order by " + order;
      List<DeviceId> expected = expected(devices, filter, order);
      assertThat(pages(filter, order, 1 + random.nextInt(40), what)).as(what).isEqualTo(expected);
      assertThat(store().count(filter, NOW))
          .as(what)
          .isEqualTo(new DeviceStore.Counts(expected.size(), online(devices, filter)));
      assertThat(store().total(filter, NOW)).as(what).isEqualTo(expected.size());
      if (!expected.isEmpty() && expected.size() < devices.size()) {
        telling++;
      }
    }
    assertThat(telling).as("cases that match neither all nor nothing").isGreaterThan(CASES / 3);
    assertThat(asked)
        .as("fields asked for")
        .containsExactlyInAnyOrderElementsOf(
            DeviceFields.SCHEMA.fields().stream().map(Field::name).toList());
  }

  private List<DeviceId> pages(Filter filter, Order order, int size, String what) {
    List<DeviceId> found = new ArrayList<>();
    Optional<Cursor> after = Optional.empty();
    do {
      Page<Device> page =
          store().find(new DeviceQuery(filter, order, new PageRequest(size, after)), NOW);
      assertThat(page.items()).as(what).hasSizeLessThanOrEqualTo(size);
      page.items().forEach(device -> found.add(device.id()));
      after = page.next();
    } while (after.isPresent() && found.size() < 1_000);
    return found;
  }

  /// Devices were inserted in the order of their names; the store decides between equals by that.
  private static List<DeviceId> expected(List<Device> devices, Filter filter, Order order) {
    Map<DeviceId, Integer> inserted = new HashMap<>();
    devices.forEach(device -> inserted.put(device.id(), inserted.size()));
    return devices.stream()
        .map(Seen::new)
        .filter(seen -> filter.matches(seen, NOW))
        .sorted(order.comparator(Comparator.comparing(seen -> inserted.get(seen.device().id()))))
        .map(seen -> seen.device().id())
        .toList();
  }

  private static long online(List<Device> devices, Filter filter) {
    return devices.stream()
        .filter(device -> filter.matches(new Seen(device), NOW))
        .filter(device -> Presence.of(device.state(), NOW).state() != Presence.State.OFFLINE)
        .count();
  }

  private List<Device> devices(int count) {
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> metadata = new HashMap<>();
      for (int j = random.nextInt(4); j > 0; j--) {
        metadata.put(pick(KEYS), text());
      }
      devices.add(
          new Device(
              new DeviceId("dev_" + (char) ('a' + random.nextInt(26)) + i),
              "n" + text(),
              new TreeSet<>(texts()),
              pick(List.of(Approval.values())),
              pick(List.of(Condition.values())),
              new DeviceFacts(
                  maybe(text()),
                  maybe(text()),
                  maybe(text()),
                  maybe(pick(PIECES)),
                  maybe(pick(PIECES)),
                  maybe(text()),
                  List.copyOf(texts()),
                  Optional.empty()),
              metadata,
              maybe("hw" + i + text()),
              moment(),
              NOW,
              Decisions.NONE,
              random.nextInt(5) == 0 ? DeviceState.NEVER_SEEN : state()));
    }
    return devices;
  }

  private DeviceState state() {
    boolean held = random.nextInt(3) == 0;
    return new DeviceState(
        random.nextInt(3),
        held ? DeviceState.HELD : moment(),
        !held && random.nextBoolean(),
        random.nextBoolean(),
        Optional.of(moment()),
        maybe(moment()),
        maybe("10.0.0." + random.nextInt(3)),
        maybe(LinkEnd.GOODBYE),
        maybe(
            new Health(
                moment(),
                maybe(number()),
                maybe(number()),
                maybe(number()),
                List.of(),
                maybe((long) random.nextInt(5) * 86_400),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty())));
  }

  private Instant moment() {
    return NOW.plusMillis(pick(OFFSETS_MILLIS));
  }

  private double number() {
    return random.nextInt(3) == 0 ? random.nextDouble() * 100 : random.nextInt(5) * 20.0;
  }

  private <T> Optional<T> maybe(T value) {
    return random.nextInt(4) == 0 ? Optional.empty() : Optional.of(value);
  }

  private Set<String> texts() {
    Set<String> texts = new HashSet<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      texts.add(pick(PIECES));
    }
    return texts;
  }

  private String text() {
    StringBuilder text = new StringBuilder(pick(PIECES));
    for (int i = random.nextInt(3); i > 0; i--) {
      text.append(pick(PIECES));
    }
    return text.toString();
  }

  private Order order() {
    List<Order.Key> keys = new ArrayList<>();
    Set<Field> seen = new HashSet<>();
    for (int i = random.nextInt(Order.MAX_KEYS + 1); i > 0; i--) {
      Field field = pick(DeviceFields.SCHEMA.fields());
      if (field.sortable() && seen.add(field)) {
        keys.add(new Order.Key(field, pick(List.of(Order.Direction.values()))));
      }
    }
    return new Order(keys);
  }

  private Filter filter(List<Device> devices, int depth, Set<String> asked) {
    return switch (depth == 0 ? 0 : random.nextInt(6)) {
      case 1 -> Filter.and(filter(devices, depth - 1, asked), filter(devices, depth - 1, asked));
      case 2 -> Filter.or(filter(devices, depth - 1, asked), filter(devices, depth - 1, asked));
      case 3 -> Filter.not(filter(devices, depth - 1, asked));
      default -> term(devices, asked);
    };
  }

  private Filter.Term term(List<Device> devices, Set<String> asked) {
    Field field = pick(DeviceFields.SCHEMA.fields());
    asked.add(field.name());
    Op op;
    do {
      op = pick(List.of(Op.values()));
    } while (!field.kind().takes(op));
    String key = field.kind() == Kind.MAP ? pick(KEYS) : "";
    List<Value> values = new ArrayList<>();
    int count = op == Op.EXISTS ? 0 : op.isComparison() ? 1 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      values.add(value(new Seen(pick(devices)), field, key, op));
    }
    return new Filter.Term(field, key, op, values, 0);
  }

  /// Often one that some device has.
  private Value value(Subject device, Field field, String key, Op op) {
    List<?> present = device.values(field.name(), key);
    Optional<Object> some =
        present.isEmpty() || random.nextInt(5) == 0
            ? Optional.empty()
            : Optional.of(present.getFirst());
    return switch (field.kind()) {
      case ENUM -> new Value.Text(pick(field.words()));
      case NUMBER -> new Value.Num(some.map(n -> ((Number) n).doubleValue()).orElse(number()));
      case TIME -> {
        Instant time = some.map(Instant.class::cast).orElse(NOW);
        yield switch (random.nextInt(op == Op.EQ ? 2 : 3)) {
          case 0 -> new Value.At(time);
          case 1 -> new Value.Day(LocalDate.ofInstant(time, ZoneOffset.UTC));
          default -> new Value.Offset(Duration.ofSeconds(pick(List.of(-600L, -300L, 0L, 45L))));
        };
      }
      case TEXT, NAME, TAGS, MAP -> {
        String text = some.map(String.class::cast).orElseGet(this::text);
        yield new Value.Text(op.isPattern() ? part(text, op) : text);
      }
    };
  }

  private String part(String text, Op op) {
    int length = text.codePointCount(0, text.length());
    int from = op == Op.PREFIX ? 0 : random.nextInt(length + 1);
    int to = op == Op.SUFFIX ? length : from + random.nextInt(length - from + 1);
    String part = text.substring(text.offsetByCodePoints(0, from), text.offsetByCodePoints(0, to));
    return part.isEmpty() ? pick(PIECES) : part;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
