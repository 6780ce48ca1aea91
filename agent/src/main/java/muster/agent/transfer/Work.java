package muster.agent.transfer;

/// What one transfer has to do. Called again after what it could not help, it goes on where it was.
interface Work {
  /// @param moved hears of every bit of progress
  /// @throws LinkException when it may be tried again, if it is none of its kinds that says more
  /// @throws FileException when that would not help
  /// @throws muster.agent.policy.DeniedException naming the rule
  void run(Runnable moved) throws LinkException, FileException, InterruptedException;
}
