package muster.binary;

import muster.account.Credentials;
import muster.account.Recheck;
import muster.auth.Caller;
import muster.blob.BlobStore;
import muster.id.UploadId;

/// A file that comes in one go, piece by piece. Used by one thread at a time. Closing it leaves
/// nothing of what has not become a binary.
public final class Incoming implements AutoCloseable {
  private final Shelf shelf;
  private final Caller caller;
  private final Label label;
  private final Announced announced;
  private final Recheck recheck;
  private final UploadId id;
  private final BlobStore.Writer writer;
  private boolean isOpen = true;

  Incoming(Shelf shelf, Credentials credentials, Caller caller, Label label, Announced announced) {
    this.shelf = shelf;
    this.caller = caller;
    this.label = label;
    this.announced = announced;
    this.recheck = new Recheck(credentials, caller, Shelf::requireMayCreate);
    this.id = shelf.begin();
    this.writer = shelf.blobs().append(id.blob(), 0);
  }

  /// When this returns the piece is on its way to the disk, and in memory no more. Fails within
  /// seconds after the caller has lost the right.
  public void write(byte[] bytes, int from, int count) {
    recheck.now();
    long size = writer.length() + count;
    shelf.requireSmall(size);
    announced.requireAtMost(size);
    writer.write(bytes, from, count);
  }

  /// That was all: when this returns it is durable.
  public Binary end() {
    closeWriter();
    return shelf.keep(caller, id, label, announced);
  }

  @Override
  public void close() {
    try {
      closeWriter();
    } finally {
      shelf.drop(id);
    }
  }

  private void closeWriter() {
    if (isOpen) {
      isOpen = false;
      writer.close();
    }
  }
}
