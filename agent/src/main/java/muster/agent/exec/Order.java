package muster.agent.exec;

import muster.agent.policy.Policy;
import muster.agent.tool.Task;
import muster.wire.ToolExecute;

/// What the server asked for and may have.
///
/// @param task what the arguments say
/// @param policy that allowed it
public record Order(ToolExecute request, Task task, Policy policy) {
  /// How long it may take: what was asked for, as far as the policy goes.
  public long timeoutSeconds() {
    return Math.min(request.timeoutSeconds(), policy.limits().timeoutSeconds());
  }
}
