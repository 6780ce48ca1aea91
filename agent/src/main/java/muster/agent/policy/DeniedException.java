package muster.agent.policy;

/// The device's policy forbids it. The message names what was asked for and the rule.
public final class DeniedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DeniedException(String message) {
    super(message, null, false, false);
  }
}
