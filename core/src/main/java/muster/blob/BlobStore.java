package muster.blob;

import java.io.InputStream;
import java.util.Set;
import muster.fault.Fault;
import muster.id.BlobId;

/// Where big bytes are kept. What was appended survives a kill of the server, what was sealed the
/// loss of power too. Safe for use by many threads; one at a time appends to a blob.
public interface BlobStore {
  /// How many bytes there are of a blob; 0 when there is none.
  long length(BlobId id);

  /// Whether it is complete: from then on nothing is appended.
  boolean isSealed(BlobId id);

  Set<BlobId> ids();

  /// The bytes of all blobs.
  long used();

  /// How many bytes there may be.
  long budget();

  /// Opens a blob, making it when it is missing, to append behind `offset`, which is its length.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `wrong_offset`, UNAVAILABLE with reason
  ///   `blob_busy` while somebody else appends
  Writer append(BlobId id, long offset);

  /// Makes it complete and durable; a second time only answers. An empty blob need not be there.
  ///
  /// @return the checksum of what is on disk
  /// @throws Fault NOT_FOUND when it was deleted meanwhile
  Checksum seal(BlobId id);

  /// Gives a sealed blob another name, which is free. One at a time does this to a name. A kill
  /// leaves it under one of the two.
  ///
  /// @throws Fault NOT_FOUND when there is no such blob, or it is not sealed
  void rename(BlobId id, BlobId to);

  /// The bytes from `offset` on.
  ///
  /// @throws Fault NOT_FOUND when there is no such blob
  InputStream open(BlobId id, long offset);

  /// Removes it, or nothing when it is not there. Who is appending is stopped.
  void delete(BlobId id);

  /// Appends to one blob. Not for use by several threads.
  interface Writer extends AutoCloseable {
    /// @throws Fault RESOURCE_EXHAUSTED with reason `spool_full` when there is no room: nothing was
    ///   added; NOT_FOUND when the blob was deleted
    void write(byte[] bytes, int from, int count);

    /// How long the blob is.
    long length();

    /// Takes back all that was written through this.
    void undo();

    @Override
    void close();
  }
}
