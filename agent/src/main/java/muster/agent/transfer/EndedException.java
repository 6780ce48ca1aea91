package muster.agent.transfer;

/// The server wants nothing more of the transfer.
final class EndedException extends LinkException {
  private static final long serialVersionUID = 1;

  EndedException(String message) {
    super(message);
  }
}
