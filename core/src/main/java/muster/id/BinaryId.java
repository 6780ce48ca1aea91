package muster.id;

import java.util.Optional;

/// Names one file that updates are made of: `bin_…`.
public record BinaryId(String value) {
  public BinaryId {
    if (!value.matches("bin_[a-z0-9]{1,32}")) {
      throw new IllegalArgumentException("binary id: expected bin_ and characters of a-z 0-9");
    }
  }

  public static BinaryId random() {
    return new BinaryId(RandomIds.next("bin"));
  }

  /// The id that a text is; empty for what can't be one.
  public static Optional<BinaryId> of(String text) {
    try {
      return Optional.of(new BinaryId(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
