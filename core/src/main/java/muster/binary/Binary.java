package muster.binary;

import java.time.Instant;
import muster.blob.Checksum;
import muster.id.BinaryId;
import muster.id.BlobId;

/// A file that updates are made of, complete.
///
/// @param size in bytes, at least 1
/// @param uploadedBy as people read it, such as `key:ci`
/// @param uploaderId what stays when names change
public record Binary(
    BinaryId id,
    Label label,
    Checksum checksum,
    long size,
    String uploadedBy,
    String uploaderId,
    Instant uploadedAt) {

  /// Under which its content is kept, together with all that have the same.
  public BlobId blob() {
    return blob(checksum);
  }

  static BlobId blob(Checksum checksum) {
    return new BlobId(checksum.hex());
  }
}
