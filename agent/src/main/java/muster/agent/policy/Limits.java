package muster.agent.policy;

/// How much at once.
///
/// @param running executions at the same time
/// @param timeoutSeconds after which an execution is ended, whatever the server allows it
/// @param fileBytes that one call may read or write
public record Limits(int running, long timeoutSeconds, int fileBytes) {
  /// What the agent takes at most, with or without a policy.
  public static final Limits MOST = new Limits(16, 86_400, 1024 * 1024);
}
