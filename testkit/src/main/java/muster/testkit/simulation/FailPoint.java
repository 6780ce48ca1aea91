package muster.testkit.simulation;

/// Where a program may die: before and after each of its writes. Once dead it writes nothing any
/// more, until it is started again.
final class FailPoint {
  private int left;
  private boolean dead;

  /// Dies at the pass that comes after `passesBefore` others.
  void arm(int passesBefore) {
    left = passesBefore + 1;
  }

  void disarm() {
    left = 0;
  }

  /// @throws Crash when this is the armed pass, or the program is dead
  void pass(String where) {
    if (!dead && left > 0 && --left == 0) {
      dead = true;
    }
    if (dead) {
      throw new Crash(where);
    }
  }

  /// Whether the next pass is the armed one, for a write that may be done by half.
  boolean isNext() {
    return left == 1;
  }

  boolean isDead() {
    return dead;
  }

  void die() {
    dead = true;
  }

  void revive() {
    dead = false;
    left = 0;
  }
}
