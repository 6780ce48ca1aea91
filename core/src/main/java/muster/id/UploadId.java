package muster.id;

import java.util.Optional;

/// Names one file on its way to become a binary: `upl_…`.
public record UploadId(String value) {
  public UploadId {
    if (!value.matches("upl_[a-z0-9]{1,32}")) {
      throw new IllegalArgumentException("upload id: expected upl_ and characters of a-z 0-9");
    }
  }

  public static UploadId random() {
    return new UploadId(RandomIds.next("upl"));
  }

  /// The id that a text is; empty for what can't be one.
  public static Optional<UploadId> of(String text) {
    try {
      return Optional.of(new UploadId(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// Under which its content is kept until it is complete.
  public BlobId blob() {
    return new BlobId(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
