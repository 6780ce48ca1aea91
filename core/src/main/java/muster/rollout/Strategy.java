package muster.rollout;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// In which way a deployment reaches its devices.
public enum Strategy {
  /// All of them in one batch.
  IMMEDIATE,
  /// One batch after the other.
  ROLLING,
  /// A few first; the others when these are well.
  CANARY,
  /// All of them in one batch, which is watched before it counts: until then the old version, which
  /// every device keeps beside the new one, is a switch away.
  BLUE_GREEN;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Strategy> ofWord(String word) {
    return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
  }
}
