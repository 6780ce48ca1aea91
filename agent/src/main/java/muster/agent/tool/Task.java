package muster.agent.tool;

import muster.agent.policy.DeniedException;
import muster.agent.policy.Policy;

/// What one call of a tool is to do: its arguments, read and found good.
public sealed interface Task permits BashCommand, Job {
  /// Whatever can be said before it is started and without asking disk or network, since a
  /// connection waits.
  ///
  /// @throws DeniedException naming the rule
  void check(Policy policy);
}
