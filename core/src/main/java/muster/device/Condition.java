package muster.device;

import java.util.Locale;

/// What a device is going through, whether it is online or not.
public enum Condition {
  NORMAL,
  UPDATING,
  ERROR,
  MAINTENANCE;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
