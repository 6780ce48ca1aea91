package muster.agent.exec;

import java.util.Optional;
import muster.wire.JsonObject;

/// Knows what an earlier run of the agent left in the middle and can be gone on with.
@FunctionalInterface
public interface Unfinished {
  /// There is nothing of the kind.
  Unfinished NOTHING = execution -> Optional.empty();

  /// How a tool was called.
  record Call(String tool, JsonObject args) {}

  /// Empty for an execution that can't be gone on with.
  Optional<Call> call(String execution);
}
