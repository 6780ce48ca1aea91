package muster.agent.tool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import muster.wire.FieldException;

/// Paths as they come from outside, and what is told of them.
public final class Paths {
  private static final int MOST = 4096;

  private Paths() {}

  /// @throws FieldException for anything but a plain absolute path
  static Path read(Args args) {
    return parse("args.path", args.text("path"));
  }

  /// @param field as messages name it
  /// @throws FieldException for anything but a plain absolute path
  public static Path parse(String field, String text) {
    if (!text.startsWith("/")
        || text.length() > MOST
        || List.of(text.split("/")).stream()
            .anyMatch(part -> part.equals("..") || part.equals("."))) {
      throw new FieldException(field, text, "an absolute path without . and ..");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new FieldException(field, text, "a path that the agent's locale can spell");
    }
  }

  /// In words, with the whole path, which errors of files opened by name lack.
  public static IOException told(Path path, FileSystemException e) {
    String why = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
    if (e instanceof NoSuchFileException) {
      why = "no such file or directory";
    } else if (e instanceof AccessDeniedException) {
      why = "permission denied";
    } else if (e instanceof NotDirectoryException) {
      why = "not a directory";
    } else if (e instanceof FileSystemLoopException) {
      why = "too many symbolic links";
    }
    return new IOException(path + ": " + why, e);
  }
}
