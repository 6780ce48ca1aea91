package muster.agent.enroll;

/// The server understood the request and said no: asking again with the same token is useless. The
/// message is what it said, for people.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  public RefusedException(String message) {
    super(message);
  }
}
