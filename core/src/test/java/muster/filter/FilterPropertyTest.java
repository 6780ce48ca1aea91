package muster.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Seeded; `-Dmuster.seed=` repeats a run, and every failure names its seed.
class FilterPropertyTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());
  private static final String ALPHABET = "aZ0 :,()\"\\*<>=%_-+.'@[`{äİ😀\uFFFD\uE000";

  private final SplittableRandom random = new SplittableRandom(SEED);

  @Test
  void toString_anyTree_parsesToTheSameTree() {
    int parsed = 0;
    for (int i = 0; i < 20_000; i++) {
      Filter filter = filter(4);
      String text = filter.toString();
      if (text.length() <= 600 && terms(filter) <= Filter.MAX_TERMS) {
        assertThat(Filter.parse(text, Samples.SCHEMA))
            .as("seed %s: %s", SEED, text)
            .isEqualTo(filter);
        parsed++;
      }
    }
    assertThat(parsed).isGreaterThan(15_000);
  }

  @Test
  void parse_mutatedText_givesATreeOrAFilterException() {
    int valid = 0;
    for (int i = 0; i < 50_000; i++) {
      String text = mutate(filter(3).toString());
      try {
        Filter filter = Filter.parse(text, Samples.SCHEMA);
        assertThat(Filter.parse(filter.toString(), Samples.SCHEMA))
            .as("seed %s: %s", SEED, text)
            .isEqualTo(filter);
        valid++;
      } catch (FilterException e) {
        assertThat(e.getMessage()).as("seed %s: %s", SEED, text).startsWith("filter: ");
        assertThat(e.column())
            .as("seed %s: %s", SEED, text)
            .isBetween(0, text.codePointCount(0, text.length()) + 1);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ": " + text, e);
      }
    }
    assertThat(valid).as("mutations that stay valid").isGreaterThan(1_000);
  }

  @Test
  void parse_hostileText_isRefusedFast() {
    List<String> hostile = new ArrayList<>();
    hostile.add("name:*" + "a*".repeat(5_000));
    hostile.add("name:*" + "a*".repeat(1_000));
    hostile.add("NOT (".repeat(5_000));
    hostile.add("NOT ".repeat(511));
    hostile.add("(".repeat(2_048));
    hostile.add("name:x OR ".repeat(1_000));
    hostile.add("tag:a OR ".repeat(220));
    hostile.add("\\".repeat(2_048));
    hostile.add("\"".repeat(2_048));
    hostile.add("name:" + ",".repeat(2_000));
    hostile.add("name:" + "a,".repeat(1_000));
    hostile.add("cpu_percent:" + "9".repeat(2_000));
    hostile.add("last_seen:>-" + "9".repeat(2_000));
    hostile.add("metadata." + ".".repeat(2_000));
    hostile.add("😀".repeat(512));
    hostile.add("x".repeat(50_000_000));
    for (String text : hostile) {
      long start = System.nanoTime();
      String shown = text.substring(0, Math.min(60, text.length()));
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () -> Filter.parse(text, Samples.SCHEMA)))
          .as(shown)
          .isInstanceOf(FilterException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as(shown)
          .isLessThan(Duration.ofMillis(250));
    }
  }

  private static int terms(Filter filter) {
    return switch (filter) {
      case Filter.And(List<Filter> parts) ->
          parts.stream().mapToInt(FilterPropertyTest::terms).sum();
      case Filter.Or(List<Filter> parts) ->
          parts.stream().mapToInt(FilterPropertyTest::terms).sum();
      case Filter.Not(Filter part) -> terms(part);
      case Filter.Term _ -> 1;
    };
  }

  private Filter filter(int depth) {
    return switch (depth == 0 ? 0 : random.nextInt(5)) {
      case 1 -> Filter.and(parts(depth));
      case 2 -> Filter.or(parts(depth));
      case 3 -> Filter.not(filter(depth - 1));
      default -> term();
    };
  }

  private Filter[] parts(int depth) {
    Filter[] parts = new Filter[2 + random.nextInt(2)];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = filter(depth - 1);
    }
    return parts;
  }

  private Filter.Term term() {
    List<Field> fields = Samples.SCHEMA.fields();
    Field field = fields.get(random.nextInt(fields.size()));
    Op op;
    do {
      op = Op.values()[random.nextInt(Op.values().length)];
    } while (!field.kind().takes(op));
    List<Value> values = new ArrayList<>();
    int count = op == Op.EXISTS ? 0 : op.isComparison() ? 1 : 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      values.add(value(field, op));
    }
    String key = field.kind() == Kind.MAP ? text(1) : "";
    return new Filter.Term(field, key, op, values, 0);
  }

  private Value value(Field field, Op op) {
    return switch (field.kind()) {
      case ENUM -> new Value.Text(field.words().get(random.nextInt(field.words().size())));
      case NUMBER ->
          new Value.Num(
              random.nextBoolean()
                  ? random.nextInt(-100, 101)
                  : Double.longBitsToDouble(random.nextLong() & ~(1L << 62)));
      case TIME ->
          switch (random.nextInt(op == Op.EQ ? 2 : 3)) {
            case 0 -> new Value.Day(LocalDate.ofEpochDay(random.nextInt(-10_000, 40_000)));
            case 1 -> new Value.At(Instant.ofEpochMilli(random.nextLong(4_000_000_000_000L)));
            default -> new Value.Offset(Duration.ofSeconds(random.nextLong(-900_000, 900_000)));
          };
      case TEXT, NAME, TAGS, MAP -> new Value.Text(text(op == Op.EQ ? 0 : 1));
    };
  }

  private String text(int shortest) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(shortest, 7); i > 0; i--) {
      text.appendCodePoint(
          ALPHABET.codePointAt(
              ALPHABET.offsetByCodePoints(
                  0, random.nextInt(ALPHABET.codePointCount(0, ALPHABET.length())))));
    }
    return text.toString();
  }

  /// Deletes, doubles or inserts characters, also halves of a pair and control characters.
  private String mutate(String text) {
    StringBuilder mutated = new StringBuilder(text);
    for (int i = random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(mutated.length() + 1);
      switch (random.nextInt(4)) {
        case 0 -> mutated.insert(at, text(1));
        case 1 -> mutated.delete(at, Math.min(mutated.length(), at + 1 + random.nextInt(3)));
        case 2 -> mutated.insert(at, mutated.substring(0, Math.min(at, 30)));
        default -> mutated.insert(at, (char) random.nextInt(random.nextBoolean() ? 128 : 65_536));
      }
    }
    return mutated.toString();
  }
}
