package muster.agent.link;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.function.Supplier;
import muster.agent.exec.Executions;
import muster.agent.log.Log;
import muster.agent.state.StatusFile;
import muster.agent.transfer.Carrier;
import muster.wire.Health;

/// Who talks to whom, the same for every connection.
///
/// @param authToken the device's secret
/// @param hello what to introduce ourselves with, given the commands the server may still ask about
/// @param carrier takes files along
/// @param health measures the host; called on the session's thread only
public record Peer(
    HttpClient http,
    URI uri,
    String authToken,
    Introduction hello,
    Supplier<Health> health,
    Executions executions,
    Carrier carrier,
    StatusFile status,
    Timing timing,
    Log log) {}
