package muster.health;

import java.util.List;
import muster.device.Verdict;

/// How much of a device is looked at (F101).
public enum Extent {
  /// Whether it is there.
  BASIC(List.of(Verdict.PRESENCE)),
  RESOURCES(List.of(Verdict.CPU, Verdict.MEMORY, Verdict.DISK)),
  /// Whether it is there, and stays there.
  CONNECTIVITY(List.of(Verdict.PRESENCE, Steadiness.NAME)),
  /// What it says of what runs on it.
  SERVICES(List.of(Verdict.CONDITION)),
  COMPREHENSIVE(
      List.of(
          Verdict.PRESENCE,
          Steadiness.NAME,
          Verdict.CONDITION,
          Verdict.CPU,
          Verdict.MEMORY,
          Verdict.DISK));

  private final List<String> checks;

  Extent(List<String> checks) {
    this.checks = checks;
  }

  boolean has(String check) {
    return checks.contains(check);
  }
}
