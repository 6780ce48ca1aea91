package muster.id;

/// Names one command: `exec_…`.
public record CommandId(String value) {
  public static CommandId random() {
    return new CommandId(RandomIds.next("exec"));
  }

  @Override
  public String toString() {
    return value;
  }
}
