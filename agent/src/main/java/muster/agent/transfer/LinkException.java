package muster.agent.transfer;

import java.io.IOException;

/// The server, or the way to it, is the problem: it may be tried again. All that [ServerFiles]
/// throws is one of these; whatever else fails is this host's own.
public class LinkException extends IOException {
  private static final long serialVersionUID = 1;

  LinkException(String message) {
    super(message);
  }

  LinkException(String message, Throwable cause) {
    super(message, cause);
  }
}
