package muster.agent.link;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.Optional;
import java.util.function.Supplier;
import muster.agent.exec.Executions;
import muster.agent.log.Log;
import muster.agent.logs.LogSources;
import muster.agent.remote.Remotes;
import muster.agent.state.StatusFile;
import muster.agent.tool.Pace;
import muster.agent.transfer.Carrier;
import muster.wire.Health;

/// Who talks to whom, the same for every connection.
///
/// @param authToken the device's secret
/// @param hello what to introduce ourselves with, given the commands the server may still ask about
/// @param carrier takes files along
/// @param health measures the host; called on the session's thread only
/// @param remotes empty where there are no remote sessions
/// @param pace of the heartbeats, where somebody has set it
/// @param logs empty where none are followed
public record Peer(
    HttpClient http,
    URI uri,
    String authToken,
    Introduction hello,
    Supplier<Health> health,
    Executions executions,
    Carrier carrier,
    Optional<Remotes> remotes,
    Pace pace,
    Optional<LogSources> logs,
    StatusFile status,
    Timing timing,
    Log log) {}
