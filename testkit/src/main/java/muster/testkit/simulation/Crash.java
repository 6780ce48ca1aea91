package muster.testkit.simulation;

/// The program that called is dead from here on. An error, so that nothing on the way handles it.
final class Crash extends Error {
  private static final long serialVersionUID = 1;

  Crash(String where) {
    super(where, null, false, false);
  }
}
