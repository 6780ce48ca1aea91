package muster.agent.exec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import muster.agent.log.Log;
import muster.wire.Facts;

/// What every execution needs of its surroundings.
///
/// @param spool the directory for the files of executions
/// @param home where commands start that name no directory
/// @param bootId of the host; empty when unknown
/// @param facts what is known of the host
/// @param timer flushes output; one thread is enough
public record Host(
    Path spool,
    Path home,
    Optional<String> bootId,
    Facts facts,
    ScheduledExecutorService timer,
    Log log) {}
