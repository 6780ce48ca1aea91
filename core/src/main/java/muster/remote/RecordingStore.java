package muster.remote;

import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.id.DeviceId;

/// Where recordings are kept. Not part of any transaction.
public interface RecordingStore {
  /// One that is being written, by one thread.
  interface Tape extends AutoCloseable {
    /// Writes it through to the file; what was written stays when the server is killed. Nothing
    /// when it is closed.
    ///
    /// @throws muster.fault.Fault UNAVAILABLE when it can't be written
    void write(String lines);

    /// By any thread.
    @Override
    void close();
  }

  /// @throws muster.fault.Fault UNAVAILABLE when nothing can be written
  Tape begin(Recording recording);

  /// Newest first, `limit` of them at most.
  ///
  /// @param before the id of one; only older ones are listed
  List<Recording> find(Optional<DeviceId> device, Optional<String> before, int limit);

  /// The recording's text, as far as it was written; empty when there is none of that id.
  Optional<InputStream> open(String id);

  /// Removes those that began before `before`; returns how many.
  int deleteBefore(Instant before);
}
