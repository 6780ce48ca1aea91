package muster.wire;

import java.util.OptionalDouble;

/// What the records' constructors check, with the wire name in the message.
final class Check {
  private Check() {}

  /// An id or a name: not empty, at most `max` characters.
  static void text(String field, String value, int max) {
    if (value.isEmpty() || value.length() > max) {
      throw new FieldException(field, value, "1.." + max + " characters");
    }
  }

  static void range(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw new FieldException(field, value, min + ".." + max);
    }
  }

  static void notNegative(String field, long value) {
    if (value < 0) {
      throw new FieldException(field, value, "0 or more");
    }
  }

  static void percent(String field, OptionalDouble value) {
    value.ifPresent(number -> {
      if (!(number >= 0 && number <= 100)) {
        throw new FieldException(field, number, "0..100");
      }
    });
  }
}
