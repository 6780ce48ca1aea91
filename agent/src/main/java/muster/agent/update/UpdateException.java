package muster.agent.update;

import java.io.IOException;

/// An installation that cannot go on; all is as before, or will be.
final class UpdateException extends IOException {
  private static final long serialVersionUID = 1;
  private final Reason reason;

  /// @param detail one line for people
  UpdateException(Reason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
