package muster.remote;

/// The right of one socket to take part in a session.
public final class RemoteSeat {
  private final RemoteSessions sessions;
  private final LiveSession session;

  RemoteSeat(RemoteSessions sessions, LiveSession session) {
    this.sessions = sessions;
    this.session = session;
  }

  /// Serves the person until they leave or the session ends.
  public void use(RemoteSocket person) throws InterruptedException {
    sessions.use(session, person);
  }
}
