package muster.agent.tool;

import java.io.IOException;

/// A task that the agent does itself, without a process.
public non-sealed interface Job extends Task {
  /// Does it, on a thread of its own that is interrupted when it is to stop.
  ///
  /// @throws IOException with one line for people when it fails
  /// @throws muster.agent.policy.DeniedException when the policy forbids it after all
  void run(Desk desk) throws IOException, InterruptedException;
}
