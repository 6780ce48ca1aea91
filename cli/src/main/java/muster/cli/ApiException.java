package muster.cli;

/// An answer of the server other than 2xx.
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;

  /// @param status the HTTP status
  /// @param message the server's sentence (`detail` or `message`), with the request id where it
  ///   helps
  ApiException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }

  /// It may well be another one soon: as a restart, a proxy or a limit gives for a while. Room that
  /// is used up stays so.
  boolean isPassing() {
    return status == 429 || (status >= 500 && status != 507);
  }

  int exit() {
    return switch (status) {
      case 400, 413, 415 -> Exit.USAGE;
      case 401, 403 -> Exit.DENIED;
      case 404, 410 -> Exit.NOT_FOUND;
      case 502, 503, 504 -> Exit.UNREACHABLE;
      default -> Exit.FAILURE;
    };
  }
}
