package muster.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import muster.filter.Field;
import muster.filter.Filter;
import muster.filter.Kind;
import muster.filter.Op;
import muster.filter.Order;
import muster.filter.Value;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;
import muster.store.SampleFleet.Device;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The SQL gives the same devices in the same order as the evaluator in memory, whatever the
/// devices, the filter, the order and the page size. Seeded; `-Dmuster.seed=` repeats a run, and
/// every failure names its seed.
class FilterSqlPropertyTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final int FLEETS = 40;
  private static final int CASES_PER_FLEET = 75;
  private static final List<String> PIECES =
      List.of(
          "web",
          "Web",
          "WEB-",
          "db",
          "-1",
          "a",
          "Z",
          "z",
          "@",
          "[",
          "`",
          "{",
          "_",
          "%",
          "*",
          "\"",
          "'",
          "\\",
          " ",
          "ä",
          "Ä",
          "İ",
          "ı",
          "ß",
          "\u212A",
          "😀",
          "\uFFFD",
          "\uE000",
          "\uD7FF",
          "\uDBFF\uDFFF",
          "e\u0301",
          "NULL",
          "0");
  private static final List<String> KEYS = List.of("location", "rack.unit", "a b", "Location", "ä");
  private static final long NOW = SampleFleet.NOW.toEpochMilli();

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final CursorCodec codec =
      new CursorCodec(new byte[32], () -> SampleFleet.NOW, Duration.ofHours(1));

  @Test
  void pages_anyFilterAndOrder_areWhatTheEvaluatorGives() throws SQLException {
    int telling = 0;
    int pages = 0;
    for (int i = 0; i < FLEETS; i++) {
      try (SampleFleet fleet = new SampleFleet(devices(), random.nextBoolean())) {
        for (int j = 0; j < CASES_PER_FLEET; j++) {
          fleet.pretendMany = random.nextInt(3) == 0;
          Filter filter = random.nextInt(10) == 0 ? Filter.ALL : filter(fleet, 3);
          Order order = order();
          int size = 1 + random.nextInt(12);
          List<Long> expected = expected(fleet, filter, order);
          String what = "seed " + SEED + ": " + filter + " order by " + order + " by " + size;
          List<Long> found = new ArrayList<>();
          Optional<Cursor> after = Optional.empty();
          do {
            Page<Long> page = page(fleet, filter, order, new PageRequest(size, after), what);
            assertThat(page.items()).as(what).hasSizeLessThanOrEqualTo(size);
            found.addAll(page.items());
            after = page.next().map(next -> codec.decode(codec.encode(next, what), what));
            pages++;
          } while (after.isPresent() && found.size() <= fleet.devices.size());
          assertThat(found).as(what).isEqualTo(expected);
          assertThat(fleet.count(filter)).as(what).isEqualTo(expected.size());
          if (!expected.isEmpty() && expected.size() < fleet.devices.size()) {
            telling++;
          }
        }
      }
    }
    assertThat(telling).as("cases that neither match all nor nothing").isGreaterThan(1_000);
    assertThat(pages).as("pages").isGreaterThan(6_000);
  }

  private static Page<Long> page(
      SampleFleet fleet, Filter filter, Order order, PageRequest request, String what) {
    try {
      return fleet.page(filter, order, request);
    } catch (SQLException e) {
      throw new AssertionError(what, e);
    }
  }

  private static List<Long> expected(SampleFleet fleet, Filter filter, Order order) {
    return fleet.devices.stream()
        .filter(device -> filter.matches(device, SampleFleet.NOW))
        .sorted(order.<Device>comparator(Comparator.comparingLong(Device::id)))
        .map(Device::id)
        .toList();
  }

  private List<Device> devices() {
    List<Device> devices = new ArrayList<>();
    Set<String> uids = new HashSet<>();
    int count = 5 + random.nextInt(45);
    while (devices.size() < count) {
      String uid = text(1);
      if (!uids.add(uid)) {
        continue;
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        metadata.put(pick(KEYS), text(0));
      }
      Set<String> tags = new TreeSet<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        tags.add(pick(PIECES));
      }
      devices.add(
          new Device(
              1 + devices.size() * 3L + random.nextInt(3),
              uid,
              text(0),
              random.nextInt(4) == 0 ? null : pick(PIECES),
              random.nextInt(4) == 0 ? null : text(0),
              random.nextInt(4) == 0
                  ? null
                  : List.of(0L, NOW, NOW + 1, NOW - 1).get(random.nextInt(4)),
              time(),
              number(),
              number(),
              NOW - random.nextLong(400_000),
              List.copyOf(tags),
              metadata));
    }
    return devices;
  }

  /// Few values, so that there are ties.
  private @Nullable Long time() {
    return switch (random.nextInt(6)) {
      case 0 -> null;
      case 1 -> NOW - random.nextInt(3);
      case 2 -> LocalDate.of(2024, 1, 1 + random.nextInt(3)).toEpochDay() * 86_400_000L;
      default -> NOW - 3_600_000L * random.nextInt(100);
    };
  }

  private @Nullable Double number() {
    return switch (random.nextInt(6)) {
      case 0 -> null;
      case 1 -> -0.0;
      case 2 -> random.nextDouble() * 100;
      default -> (double) random.nextInt(5) * 20;
    };
  }

  private Order order() {
    List<Order.Key> keys = new ArrayList<>();
    Set<Field> seen = new HashSet<>();
    for (int i = random.nextInt(Order.MAX_KEYS + 1); i > 0; i--) {
      Field field = pick(SampleFleet.SCHEMA.fields());
      if (field.sortable() && seen.add(field)) {
        keys.add(new Order.Key(field, pick(List.of(Order.Direction.values()))));
      }
    }
    return new Order(keys);
  }

  private Filter filter(SampleFleet fleet, int depth) {
    return switch (depth == 0 ? 0 : random.nextInt(6)) {
      case 1 -> Filter.and(filter(fleet, depth - 1), filter(fleet, depth - 1));
      case 2 -> Filter.or(filter(fleet, depth - 1), filter(fleet, depth - 1));
      case 3 -> Filter.not(filter(fleet, depth - 1));
      default -> term(fleet);
    };
  }

  private Filter.Term term(SampleFleet fleet) {
    Field field = pick(SampleFleet.SCHEMA.fields());
    Op op;
    do {
      op = pick(List.of(Op.values()));
    } while (!field.kind().takes(op));
    String key = field.kind() == Kind.MAP ? pick(KEYS) : "";
    List<Value> values = new ArrayList<>();
    int count = op == Op.EXISTS ? 0 : op.isComparison() ? 1 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      values.add(value(fleet, field, key, op));
    }
    return new Filter.Term(field, key, op, values, 0);
  }

  /// Often from a value that some device has.
  private Value value(SampleFleet fleet, Field field, String key, Op op) {
    List<?> present = pick(fleet.devices).values(field.name(), key);
    Object some = present.isEmpty() || random.nextInt(5) == 0 ? null : present.getFirst();
    return switch (field.kind()) {
      case ENUM -> new Value.Text(pick(field.words()));
      case NUMBER -> new Value.Num(some == null ? random.nextInt(100) : (Double) some);
      case TIME -> {
        Instant time = some == null ? SampleFleet.NOW : (Instant) some;
        yield switch (random.nextInt(op == Op.EQ ? 2 : 3)) {
          case 0 -> new Value.At(time);
          case 1 -> new Value.Day(LocalDate.ofInstant(time, ZoneOffset.UTC));
          default -> new Value.Offset(Duration.ofHours(-random.nextInt(100)));
        };
      }
      case TEXT, NAME, TAGS, MAP -> {
        String text = some == null ? text(0) : (String) some;
        if (op.isPattern()) {
          text = part(text, op);
        }
        yield new Value.Text(random.nextInt(3) == 0 ? otherCase(text) : text);
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

  private static String otherCase(String text) {
    StringBuilder other = new StringBuilder();
    text.codePoints()
        .map(c -> Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c))
        .forEach(other::appendCodePoint);
    return other.toString();
  }

  private String text(int shortest) {
    StringBuilder text = new StringBuilder();
    for (int i = shortest + random.nextInt(4); i > 0; i--) {
      text.append(pick(PIECES));
    }
    return text.toString();
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
