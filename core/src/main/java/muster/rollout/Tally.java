package muster.rollout;

/// How many devices stand where.
///
/// @param pending not begun
/// @param away not begun, and offline when their turn came
/// @param running at it
/// @param succeeded through, with the new version
/// @param failed through, without it
/// @param leftOut never to begin: it has nothing for them, they are gone, or it was ended
/// @param rolledBack through, and back at what they ran before
public record Tally(
    int pending, int away, int running, int succeeded, int failed, int leftOut, int rolledBack) {
  public static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, 0);

  public int total() {
    return pending + away + running + succeeded + failed + leftOut + rolledBack;
  }

  /// Those that were tried and are through.
  public int tried() {
    return succeeded + failed + rolledBack;
  }

  /// Whether nobody is at it or could be: those that are away have their turn when they are back.
  public boolean isThrough() {
    return pending == 0 && running == 0;
  }

  public double failurePercentage() {
    return tried() == 0 ? 0 : 100.0 * failed / tried();
  }

  public Tally withRunning(int devices) {
    return new Tally(pending, away, devices, succeeded, failed, leftOut, rolledBack);
  }

  public Tally plus(Tally other) {
    return new Tally(
        pending + other.pending,
        away + other.away,
        running + other.running,
        succeeded + other.succeeded,
        failed + other.failed,
        leftOut + other.leftOut,
        rolledBack + other.rolledBack);
  }
}
