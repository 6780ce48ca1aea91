package muster.id;

/// Names one update: `upd_…`.
public record UpdateId(String value) {
  public static UpdateId random() {
    return new UpdateId(RandomIds.next("upd"));
  }

  @Override
  public String toString() {
    return value;
  }
}
