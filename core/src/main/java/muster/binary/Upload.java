package muster.binary;

import java.time.Instant;
import java.util.Optional;
import muster.blob.Checksum;
import muster.id.UploadId;

/// A file that comes in pieces, over as many connections as that takes.
///
/// @param size which it will have, in bytes, at least 1
/// @param checksum which it will have, when that was said
/// @param begunBy as people read it, such as `key:ci`
/// @param beginnerId what stays when names change
/// @param expiresAt when it is given up
public record Upload(
    UploadId id,
    Label label,
    long size,
    Optional<Checksum> checksum,
    String begunBy,
    String beginnerId,
    Instant createdAt,
    Instant expiresAt) {

  Announced announced() {
    return new Announced(Optional.of(size), checksum);
  }
}
