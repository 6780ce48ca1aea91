package muster.doctor;

import java.util.Locale;

/// What one check found.
///
/// @param check one word, the same in every run
/// @param advice what to do; empty when all is well
public record Finding(Status status, String check, String what, String advice) {
  /// In the order of how bad it is.
  public enum Status {
    OK,
    WARN,
    FAIL;

    public String word() {
      return this == FAIL ? name() : name().toLowerCase(Locale.ROOT);
    }
  }

  static Finding ok(String check, String what) {
    return new Finding(Status.OK, check, what, "");
  }

  static Finding warn(String check, String what, String advice) {
    return new Finding(Status.WARN, check, what, advice);
  }

  static Finding fail(String check, String what, String advice) {
    return new Finding(Status.FAIL, check, what, advice);
  }
}
