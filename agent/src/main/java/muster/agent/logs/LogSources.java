package muster.agent.logs;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;
import muster.agent.policy.Policy;
import muster.agent.tool.Paths;
import muster.wire.LogsFollow;
import muster.wire.RpcError;

/// Opens logs as far as the device's policy allows it. To that, following is a tool by the name
/// `logs`, a file is read as `read_file` does, and the journal stands in `/var/log/journal`.
/// Thread-safe.
public final class LogSources {
  private static final String TOOL = "logs";
  private static final Path JOURNAL = Path.of("/var/log/journal");

  private final Supplier<Policy> policy;

  public LogSources(Supplier<Policy> policy) {
    this.policy = policy;
  }

  /// @throws muster.agent.policy.DeniedException naming the rule
  /// @throws muster.wire.RpcException when there is no journal
  /// @throws muster.wire.FieldException for a path that is none
  /// @throws IOException when the file cannot be read
  LogSource open(LogsFollow order) throws IOException {
    Policy rules = policy.get();
    rules.requireTool(TOOL);
    if (order.path().isEmpty()) {
      rules.requirePath(Policy.Access.READ, JOURNAL);
      return JournalLog.open(order.unit(), order.tail(), order.after());
    }
    Path path = Paths.parse("path", order.path().get());
    rules.requirePath(Policy.Access.READ, path);
    return FileLog.open(path, policy, order.after(), order.tail());
  }

  /// By which code a file that cannot be read is refused.
  static int code(IOException problem) {
    return problem.getCause() instanceof NoSuchFileException
        ? RpcError.NO_SUCH_FILE
        : RpcError.INTERNAL_ERROR;
  }
}
