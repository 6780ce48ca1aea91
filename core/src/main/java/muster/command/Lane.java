package muster.command;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Which queue of a device a command waits in. Each is first in, first out.
public enum Lane {
  /// What somebody waits for.
  CONTROL,
  /// What may take its time: behind everything in [#CONTROL], and never more than half of what a
  /// device does at once.
  BULK;

  public static Optional<Lane> ofWord(String word) {
    return Arrays.stream(values()).filter(lane -> lane.word().equals(word)).findFirst();
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
