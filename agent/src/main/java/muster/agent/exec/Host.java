package muster.agent.exec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.log.Log;

/// What every execution needs of its surroundings.
///
/// @param spool the directory for the files of executions
/// @param home where commands start that name no directory
/// @param bootId of the host; empty when unknown
/// @param timer flushes output; one thread is enough
public record Host(
    Path spool, Path home, Optional<String> bootId, ScheduledExecutorService timer, Log log) {}
