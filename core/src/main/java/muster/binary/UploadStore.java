package muster.binary;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import muster.blob.Checksum;
import muster.id.UploadId;

/// Where unfinished uploads are kept, without their contents. Writes happen inside a write
/// transaction.
public interface UploadStore {
  void insert(Upload upload);

  Optional<Upload> find(UploadId id);

  /// The newest that somebody has begun of the same content under the same name, version, platform
  /// and architecture.
  Optional<Upload> find(String beginnerId, Label label, long size, Checksum checksum);

  long count();

  /// Past their time, at most `limit`.
  List<Upload> due(Instant now, int limit);

  /// Returns whether it was there.
  boolean delete(UploadId id);
}
