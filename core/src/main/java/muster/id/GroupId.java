package muster.id;

/// Names one group of devices: `group_…`.
public record GroupId(String value) {
  public static GroupId random() {
    return new GroupId(RandomIds.next("group"));
  }

  @Override
  public String toString() {
    return value;
  }
}
