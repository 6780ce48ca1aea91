package muster.stream;

/// Whoever a stream is written to. Writing to one that has left throws, which ends the stream.
public interface Audience {
  boolean isOpen();

  /// Runs `task` when it leaves, or at once when it has left; on any thread, and not blocking.
  void onLeave(Runnable task);
}
