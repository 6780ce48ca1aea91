package muster.filter;

import java.math.BigDecimal;
import java.time.Instant;

/// How one term is held against the values of a subject. `FilterSql` in the store says the same in
/// SQL; change both together.
final class Matching {
  private static final long EXACT_IN_DOUBLE = 1L << 53;

  private Matching() {}

  static boolean matches(Filter.Term term, Subject subject, Instant now) {
    for (Object value : subject.values(term.field().name(), term.key())) {
      if (value.equals(Double.NaN)) {
        continue; // no number, so no value
      }
      if (term.op() == Op.EXISTS || matches(term, value, now)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(Filter.Term term, Object value, Instant now) {
    Kind kind = term.field().kind();
    String text = kind.isText() ? kind.fold((String) value) : "";
    for (Value asked : term.values()) {
      boolean match =
          switch (asked) {
            case Value.Text(String wanted) -> matches(term.op(), text, kind.fold(wanted));
            case Value.Num(double wanted) -> term.op().holds(compare((Number) value, wanted));
            case Value.Time wanted -> matches(term.op(), (Instant) value, wanted, now);
          };
      if (match) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(Op op, String text, String wanted) {
    return switch (op) {
      case EQ -> text.equals(wanted);
      case PREFIX -> text.startsWith(wanted);
      case SUFFIX -> text.endsWith(wanted);
      case CONTAINS -> text.contains(wanted);
      case EXISTS, GT, GE, LT, LE -> throw new IllegalStateException(op.name());
    };
  }

  private static boolean matches(Op op, Instant value, Value.Time wanted, Instant now) {
    long time = value.toEpochMilli();
    long from = wanted.from(now).toEpochMilli();
    return op == Op.EQ
        ? time >= from && time < wanted.until(now).toEpochMilli()
        : op.holds(Long.compare(time, from));
  }

  /// Exact, also for a long that no double holds. Negative zero is zero.
  static int compare(Number a, Number b) {
    if (needsExact(a) || needsExact(b)) {
      double x = a.doubleValue();
      double y = b.doubleValue();
      if (Double.isFinite(x) && Double.isFinite(y)) {
        return exact(a).compareTo(exact(b));
      }
    }
    return Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
  }

  private static boolean needsExact(Number number) {
    return number instanceof Long l && (l > EXACT_IN_DOUBLE || l < -EXACT_IN_DOUBLE);
  }

  private static BigDecimal exact(Number number) {
    return number instanceof Double d ? new BigDecimal(d) : BigDecimal.valueOf(number.longValue());
  }
}
