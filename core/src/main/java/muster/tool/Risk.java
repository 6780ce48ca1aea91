package muster.tool;

import java.util.Locale;

/// What may come of a tool in the wrong hands.
public enum Risk {
  /// It only looks, and asks others nothing but whether they are there.
  LOW,

  /// It brings out files whole, tells others what it is told to, or changes what it can put back.
  MEDIUM,

  /// It changes the machine for good.
  HIGH;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
