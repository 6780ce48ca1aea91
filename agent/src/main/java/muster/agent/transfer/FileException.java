package muster.agent.transfer;

import java.io.IOException;

/// The file or the disk is the problem: trying again would not help. The message is for people.
final class FileException extends IOException {
  private static final long serialVersionUID = 1;

  FileException(String message) {
    super(message);
  }

  FileException(String message, Throwable cause) {
    super(message, cause);
  }
}
