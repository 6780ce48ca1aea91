package muster.agent.transfer;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import muster.agent.log.Log;
import muster.agent.tool.Paths;

/// The file or the disk is the problem: trying again would not help. The message is for people.
final class FileException extends IOException {
  private static final long serialVersionUID = 1;

  FileException(String message) {
    super(message);
  }

  private FileException(String message, Throwable cause) {
    super(message, cause);
  }

  static FileException of(Path path, IOException cause) {
    if (cause instanceof FileSystemException file) {
      return new FileException(String.valueOf(Paths.told(path, file).getMessage()), cause);
    }
    String reason = Log.reason(cause);
    return new FileException(
        reason.startsWith(path.toString()) ? reason : path + ": " + reason, cause);
  }
}
