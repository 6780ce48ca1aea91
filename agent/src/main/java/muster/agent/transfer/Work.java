package muster.agent.transfer;

import java.io.IOException;

/// What one transfer has to do. Called again after what it could not help, it goes on where it was.
interface Work {
  /// @param moved hears of every bit of progress
  /// @throws FileException, EndedException, RefusedException, LaterException or another one after
  ///   which it may be tried again
  /// @throws muster.agent.policy.DeniedException naming the rule
  void run(Runnable moved) throws IOException, InterruptedException;
}
