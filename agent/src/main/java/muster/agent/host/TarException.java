package muster.agent.host;

import java.io.IOException;

/// What is no tar archive, or damaged; the message says what is wrong with it.
public final class TarException extends IOException {
  private static final long serialVersionUID = 1L;

  TarException(String what) {
    super("no tar archive, or damaged: " + what);
  }
}
