package muster.filter;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Optional;

/// How numbers and times are written.
final class Literals {
  private static final int LONGEST = 40;
  private static final int MAX_OFFSET_DAYS = 36_500;

  private Literals() {}

  /// Decimal with an optional sign, fraction and exponent, and finite. Narrower than
  /// [Double#parseDouble], which also takes `NaN`, `1d`, hexadecimal and spaces.
  static Optional<Value> number(String text) {
    int at = skipSign(text, 0);
    int point = skipDigits(text, at);
    int end = point;
    if (point < text.length() && text.charAt(point) == '.') {
      end = skipDigits(text, point + 1);
      if (end == point + 1) {
        return Optional.empty();
      }
    }
    if (point == at || text.length() > LONGEST) {
      return Optional.empty();
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      int exponent = skipSign(text, end + 1);
      end = skipDigits(text, exponent);
      if (end == exponent) {
        return Optional.empty();
      }
    }
    if (end != text.length()) {
      return Optional.empty();
    }
    double number = Double.parseDouble(text);
    return Double.isFinite(number) ? Optional.of(new Value.Num(number)) : Optional.empty();
  }

  /// A date, an RFC 3339 time, or an offset from now: a sign, digits and one of `s m h d`.
  static Optional<Value> time(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return Optional.empty();
    }
    char first = text.charAt(0);
    if (first == '-' || first == '+') {
      return offset(text);
    }
    try {
      if (text.length() == "2024-01-31".length()) {
        return Optional.of(new Value.Day(LocalDate.parse(text)));
      }
      Instant time = OffsetDateTime.parse(text).toInstant();
      return Optional.of(new Value.At(time));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Value> offset(String text) {
    int last = text.length() - 1;
    if (last < 2 || last > 10 || skipDigits(text, 1) != last) {
      return Optional.empty();
    }
    long seconds =
        Long.parseLong(text, 1, last, 10)
            * switch (text.charAt(last)) {
              case 's' -> 1;
              case 'm' -> 60;
              case 'h' -> 3_600;
              case 'd' -> 86_400;
              default -> -1;
            };
    if (seconds < 0 || seconds > MAX_OFFSET_DAYS * 86_400L) {
      return Optional.empty();
    }
    return Optional.of(
        new Value.Offset(Duration.ofSeconds(text.charAt(0) == '-' ? -seconds : seconds)));
  }

  private static int skipSign(String text, int at) {
    return at < text.length() && (text.charAt(at) == '-' || text.charAt(at) == '+') ? at + 1 : at;
  }

  private static int skipDigits(String text, int at) {
    int end = at;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }
}
