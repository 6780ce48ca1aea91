package muster.stream;

/// Hears of what happens to devices, on one thread.
public interface EventOutlet extends Audience {
  void happened(Happening happening);

  /// What happened behind that event is not known any more, or its number is nobody's: it goes on
  /// behind another.
  ///
  /// @param after behind which it was to go on
  /// @param from behind which it does
  void missed(long after, long from);

  /// Nothing has been told for a while.
  default void idle() {}
}
