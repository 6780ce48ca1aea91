package muster.remote;

import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.link.Elapsed;

/// What terminals showed: written while they are open, read by who may read the audit log.
public final class Recordings {
  private final RecordingStore store;
  private final Audit audit;
  private final InstantSource clock;
  private final Elapsed elapsed;
  private final boolean on;

  /// @param on whether terminals are recorded
  public Recordings(
      RecordingStore store, Audit audit, InstantSource clock, Elapsed elapsed, boolean on) {
    this.store = store;
    this.audit = audit;
    this.clock = clock;
    this.elapsed = elapsed;
    this.on = on;
  }

  /// Begins the recording of a session, where that is wanted.
  ///
  /// @throws Fault UNAVAILABLE when it can't be written: then there must be no session either
  Optional<Recorder> begin(LiveSession session) {
    if (!on || !session.isTerminal()) {
      return Optional.empty();
    }
    String who = session.starter.principal();
    String header =
        Asciicast.header(
            session.request.cols(),
            session.request.rows(),
            session.startedAt.getEpochSecond(),
            who + " on " + session.device);
    RecordingStore.Tape tape =
        store.begin(new Recording(session.id, session.device, who, session.startedAt, 0));
    return Optional.of(new Recorder(tape, elapsed, header));
  }

  /// Newest first.
  ///
  /// @param before the id of one; only older ones are listed
  public List<Recording> list(
      Caller caller, Optional<DeviceId> device, Optional<String> before, int limit) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    return store.find(device, before, limit);
  }

  /// The text of one, in asciicast's form; that somebody read it is on record.
  public InputStream open(Caller caller, String id) {
    Access.requireUnscoped(caller, Permission.AUDIT_VIEW);
    InputStream text = store.open(id).orElseThrow(() -> Fault.notFound("recording", id));
    audit.record(caller, "recording.read", id, java.util.Map.of());
    return text;
  }

  /// Drops what is older. Called now and then by the server.
  public void tidy(Duration kept) {
    store.deleteBefore(clock.instant().minus(kept));
  }
}
