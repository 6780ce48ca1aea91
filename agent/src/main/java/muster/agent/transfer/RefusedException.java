package muster.agent.transfer;

/// The server does not let this device in. Whether that is for good, the link finds out.
final class RefusedException extends LinkException {
  private static final long serialVersionUID = 1;

  RefusedException(String message) {
    super(message);
  }
}
