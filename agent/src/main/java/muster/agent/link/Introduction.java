package muster.agent.link;

import java.util.List;
import muster.wire.Hello;
import muster.wire.KnownExecution;

/// Makes the first message of a connection.
@FunctionalInterface
public interface Introduction {
  /// @param executions those the server may still ask about
  Hello with(List<KnownExecution> executions);
}
