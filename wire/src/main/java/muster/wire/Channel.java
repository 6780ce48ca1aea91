package muster.wire;

/// Which of a command's streams a chunk came from.
public enum Channel {
  STDOUT,
  STDERR
}
