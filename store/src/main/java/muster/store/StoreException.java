package muster.store;

import java.io.IOException;
import java.sql.SQLException;

/// The engine failed: a mistake of ours, a full disk or a broken file. Never shown to callers.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  // SQLite's primary result codes, https://www.sqlite.org/rescode.html
  private static final int PRIMARY = 0xff;
  private static final int NO_MEMORY = 7;
  private static final int READ_ONLY = 8;
  private static final int IO_ERROR = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int NOT_A_DATABASE = 26;

  /// What a failure means for what comes after it.
  enum Kind {
    /// This statement is wrong; the store is well.
    STATEMENT,
    /// Nothing can be stored until there is room again; what is stored can be read.
    FULL,
    /// Reading, writing or syncing failed, or the file is damaged: what the engine now believes of
    /// the file may be untrue. Only a new start, which reads it afresh, helps.
    BROKEN
  }

  private final Kind kind;

  StoreException(String statement, SQLException cause) {
    super(statement.lines().findFirst().orElse("") + ": " + cause.getMessage(), cause);
    this.kind = kind(cause);
  }

  StoreException(String what, IOException cause) {
    super(what + ": " + cause.getMessage(), cause);
    this.kind = isNoSpace(cause) ? Kind.FULL : Kind.BROKEN;
  }

  Kind kind() {
    return kind;
  }

  static Kind kind(SQLException problem) {
    return switch (problem.getErrorCode() & PRIMARY) {
      case FULL -> Kind.FULL;
      case NO_MEMORY, IO_ERROR, CORRUPT, NOT_A_DATABASE, READ_ONLY -> Kind.BROKEN;
      default -> Kind.STATEMENT;
    };
  }

  private static boolean isNoSpace(IOException problem) {
    String message = String.valueOf(problem.getMessage());
    return message.contains("No space left") || message.contains("Disk quota exceeded");
  }
}
