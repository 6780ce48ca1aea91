package muster.filter;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/// A value of a term, read as the type of its field. `toString` is how the language writes it,
/// before quoting.
public sealed interface Value {

  /// For TEXT, NAME, TAGS, MAP; for ENUM the word as the schema spells it.
  record Text(String text) implements Value {
    @Override
    public String toString() {
      return text;
    }
  }

  /// Finite; never negative zero.
  record Num(double number) implements Value {
    public Num {
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException(number + " (expected: a finite number)");
      }
      number += 0.0; // turns -0.0 into 0.0
    }

    @Override
    public String toString() {
      return number == Math.rint(number) && Math.abs(number) < 1e15
          ? Long.toString((long) number)
          : Double.toString(number);
    }
  }

  /// A value of a TIME field.
  sealed interface Time extends Value {
    /// The first millisecond it stands for: what a comparison compares with.
    Instant from(Instant now);

    /// The first millisecond after it: equality means from `from` up to, not including, this.
    Instant until(Instant now);
  }

  /// One millisecond: finer digits are dropped.
  record At(Instant time) implements Time {
    public At {
      time = time.truncatedTo(ChronoUnit.MILLIS);
    }

    @Override
    public Instant from(Instant now) {
      return time;
    }

    @Override
    public Instant until(Instant now) {
      return time.plusMillis(1);
    }

    @Override
    public String toString() {
      return time.toString();
    }
  }

  /// A day in UTC: all of it for equality, its midnight for comparisons.
  record Day(LocalDate date) implements Time {
    @Override
    public Instant from(Instant now) {
      return date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    @Override
    public Instant until(Instant now) {
      return date.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    @Override
    public String toString() {
      return date.toString();
    }
  }

  /// A moment relative to the evaluation: `-10m` is ten minutes ago, `+7d` in a week.
  record Offset(Duration offset) implements Time {
    @Override
    public Instant from(Instant now) {
      return now.plus(offset).truncatedTo(ChronoUnit.MILLIS);
    }

    @Override
    public Instant until(Instant now) {
      return from(now).plusMillis(1);
    }

    @Override
    public String toString() {
      long seconds = Math.abs(offset.toSeconds());
      String sign = offset.isPositive() ? "+" : "-";
      if (seconds % 86_400 == 0 && seconds > 0) {
        return sign + seconds / 86_400 + "d";
      }
      if (seconds % 3_600 == 0 && seconds > 0) {
        return sign + seconds / 3_600 + "h";
      }
      return seconds % 60 == 0 && seconds > 0 ? sign + seconds / 60 + "m" : sign + seconds + "s";
    }
  }
}
