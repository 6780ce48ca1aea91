package muster.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;

/// A remote session that this program began. Closing it stops it on the server unless it has
/// [ended][#hasEnded] by itself; so does a signal that ends the program. Safe for use by several
/// threads.
final class RemoteSession implements AutoCloseable {
  /// How long the end of the program waits for the server.
  private static final Duration LAST_WORD = Duration.ofSeconds(2);

  private final Api api;
  private final RemoteAccess remote;
  private final JsonNode begun;
  private final Thread atExit = new Thread(this::stopBriefly, "stop session");
  private volatile boolean ended;

  private RemoteSession(Api api, RemoteAccess remote, JsonNode begun) {
    this.api = api;
    this.remote = remote;
    this.begun = begun;
  }

  static RemoteSession begin(Api api, JsonNode device, ObjectNode request) {
    RemoteAccess remote = new RemoteAccess(api, device);
    RemoteSession session = new RemoteSession(api, remote, remote.start(request));
    Runtime.getRuntime().addShutdownHook(session.atExit);
    return session;
  }

  boolean isRecorded() {
    return begun.path("recorded").asBoolean();
  }

  /// @throws ApiException with status 404 when the session has ended
  RemoteStream open() {
    try {
      return api.socket(remote.socket(begun));
    } catch (IOException e) {
      throw api.unreachable(e);
    }
  }

  /// There is nothing to stop any more.
  void hasEnded() {
    ended = true;
  }

  private void stop() {
    if (ended) {
      return;
    }
    ended = true;
    try {
      remote.stop(Json.object().put("session_id", Json.text(begun, "session_id")));
    } catch (ApiException e) {
      if (e.status() != 404) {
        throw e;
      }
    }
  }

  private void stopBriefly() {
    try {
      Thread.ofVirtual().start(this::stop).join(LAST_WORD);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The program is ending: the hook stops it.
      return;
    }
    stop();
  }
}
