package muster.stream;

/// Takes what a viewer of a log is told.
public interface LogOutlet extends Audience {
  /// Takes whole events; blocks while whoever reads them is slow.
  void write(byte[] events);
}
