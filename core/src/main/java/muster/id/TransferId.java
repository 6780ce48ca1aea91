package muster.id;

import java.util.Optional;

/// Names one transfer of a file: `xfr_…`.
public record TransferId(String value) {
  public TransferId {
    if (!value.matches("xfr_[a-z0-9]{1,32}")) {
      throw new IllegalArgumentException("transfer id: expected xfr_ and characters of a-z 0-9");
    }
  }

  public static TransferId random() {
    return new TransferId(RandomIds.next("xfr"));
  }

  /// The id that a text is; empty for what can't be one.
  public static Optional<TransferId> of(String text) {
    try {
      return Optional.of(new TransferId(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Under which its content is kept.
  public BlobId blob() {
    return new BlobId(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
