package muster.stream;

/// Hears of what happens to devices, on one thread.
public interface EventOutlet extends Audience {
  void happened(Happening happening);
}
