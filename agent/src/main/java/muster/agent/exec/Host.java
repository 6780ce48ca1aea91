package muster.agent.exec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import muster.agent.log.Log;
import muster.agent.tool.Pace;
import muster.agent.tool.Software;
import muster.wire.Facts;

/// What every execution needs of its surroundings.
///
/// @param spool the directory for the files of executions
/// @param home where commands start that name no directory
/// @param bootId of the host; empty when unknown
/// @param facts what is known of the host
/// @param timer flushes output; one thread is enough
/// @param programs finds those that tools need
/// @param pace how often the agent tells its health, which a tool sets
/// @param software the versions that are looked after
public record Host(
    Path spool,
    Path home,
    Optional<String> bootId,
    Facts facts,
    ScheduledExecutorService timer,
    Log log,
    Function<String, Optional<String>> programs,
    Pace pace,
    Software software) {
  /// With the programs of this machine.
  public Host(
      Path spool,
      Path home,
      Optional<String> bootId,
      Facts facts,
      ScheduledExecutorService timer,
      Log log) {
    this(spool, home, bootId, facts, timer, log, Programs::ofSystem, new Pace(), Software.NONE);
  }
}
