package muster.agent.tool;

import java.io.IOException;
import java.util.function.Consumer;
import muster.agent.policy.Policy;

/// A task that the agent does itself, without the help of a shell.
public non-sealed interface Job extends Task {
  /// What there is to do.
  interface Work {
    void run(Desk desk) throws IOException, InterruptedException;
  }

  /// Does it, on a thread of its own that is interrupted when it is to stop.
  ///
  /// @throws IOException with one line for people when it fails
  /// @throws muster.agent.policy.DeniedException when the policy forbids it after all
  void run(Desk desk) throws IOException, InterruptedException;

  /// Whether it notes itself where it is, so that the agent's next start goes on with it when this
  /// one ends in the middle of it.
  default boolean isResumed() {
    return false;
  }

  /// One for which the tool itself is all there is to allow.
  static Job of(Work work) {
    return of(policy -> {}, work);
  }

  /// @param check what else there is to allow
  static Job of(Consumer<Policy> check, Work work) {
    return new Job() {
      @Override
      public void check(Policy policy) {
        check.accept(policy);
      }

      @Override
      public void run(Desk desk) throws IOException, InterruptedException {
        work.run(desk);
      }
    };
  }
}
