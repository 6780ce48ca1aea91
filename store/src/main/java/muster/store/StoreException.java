package muster.store;

import java.sql.SQLException;

/// The engine failed: a mistake of ours, a full disk or a broken file. Never shown to callers.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoreException(String statement, SQLException cause) {
    super(statement.lines().findFirst().orElse("") + ": " + cause.getMessage(), cause);
  }
}
