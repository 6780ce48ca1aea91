package muster.agent.transfer;

import java.io.IOException;

/// The server wants nothing more of the transfer.
final class EndedException extends IOException {
  private static final long serialVersionUID = 1;

  EndedException(String message) {
    super(message);
  }
}
