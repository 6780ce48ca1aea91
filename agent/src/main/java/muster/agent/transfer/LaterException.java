package muster.agent.transfer;

import java.time.Duration;

/// The server wants to be asked later.
final class LaterException extends LinkException {
  private static final long serialVersionUID = 1;
  private final transient Duration after;

  LaterException(String message, Duration after) {
    super(message);
    this.after = after;
  }

  Duration after() {
    return after;
  }
}
