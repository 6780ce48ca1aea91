package muster.id;

/// Names one blob; may stand as a file's name.
public record BlobId(String value) {
  public BlobId {
    if (!isValid(value)) {
      throw new IllegalArgumentException("blob id: expected 1..64 characters of a-z 0-9 _");
    }
  }

  public static boolean isValid(String value) {
    return value.matches("[a-z0-9_]{1,64}");
  }

  @Override
  public String toString() {
    return value;
  }
}
