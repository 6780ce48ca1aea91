package muster.id;

/// Names one deployment: `dep_…`.
public record DeploymentId(String value) {
  public static DeploymentId random() {
    return new DeploymentId(RandomIds.next("dep"));
  }

  @Override
  public String toString() {
    return value;
  }
}
