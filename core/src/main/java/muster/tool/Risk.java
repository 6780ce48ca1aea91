package muster.tool;

import java.util.Locale;

/// What may come of a tool in the wrong hands.
public enum Risk {
  /// It only looks at what is no secret.
  LOW,

  /// It looks at whatever the device's policy leaves open, or talks to others.
  MEDIUM,

  /// It changes the machine.
  HIGH;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
