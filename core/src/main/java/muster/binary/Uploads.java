package muster.binary;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import muster.account.Credentials;
import muster.account.Recheck;
import muster.audit.Audit;
import muster.auth.Caller;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.UploadId;
import muster.tx.Transactions;

/// Files that come in pieces and are gone on with after whatever broke: a connection, the client or
/// the server. Anybody with the right may go on with anybody's.
public final class Uploads {
  private static final Duration KEPT = Duration.ofHours(24);
  private static final int MOST = 1000;

  private final Transactions transactions;
  private final Shelf shelf;
  private final UploadStore store;
  private final BlobStore blobs;
  private final Credentials credentials;
  private final Audit audit;
  private final InstantSource clock;

  public Uploads(
      Transactions transactions,
      Shelf shelf,
      Credentials credentials,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.shelf = shelf;
    this.store = shelf.uploads();
    this.blobs = shelf.blobs();
    this.credentials = credentials;
    this.audit = audit;
    this.clock = clock;
  }

  /// Begins one; when the same caller has begun the same before and said its checksum, that one is
  /// the answer and is gone on with.
  ///
  /// @throws Fault ALREADY_EXISTS when it is clear by now that the label's content is another;
  ///   RESOURCE_EXHAUSTED with reason `spool_full`, or `queue_full` with too many unfinished
  public Upload begin(Caller caller, Label label, long size, Optional<Checksum> checksum) {
    Shelf.requireMayCreate(caller);
    shelf.requireFits(label, new Announced(Optional.of(size), checksum));
    return transactions.write(() ->
        checksum
            .flatMap(said -> store.find(caller.principalId(), label, size, said))
            .orElseGet(() -> fresh(caller, label, size, checksum)));
  }

  private Upload fresh(Caller caller, Label label, long size, Optional<Checksum> checksum) {
    if (store.count() >= MOST) {
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "%d uploads are unfinished already".formatted(MOST),
          Map.of(Fault.REASON, "queue_full", Fault.RETRY_AFTER_SECONDS, "60"));
    }
    Instant now = clock.instant();
    Upload upload =
        new Upload(
            UploadId.random(),
            label,
            size,
            checksum,
            caller.principal(),
            caller.principalId(),
            now,
            now.plus(KEPT));
    store.insert(upload);
    audit.record(
        caller,
        "upload.create",
        upload.id().value(),
        Map.of("binary", label.toString(), "size", Long.toString(size)));
    return upload;
  }

  public Upload get(Caller caller, UploadId id) {
    Shelf.requireMayCreate(caller);
    return store.find(id).orElseThrow(() -> Fault.notFound("upload", id.value()));
  }

  /// Up to where it is here.
  public long offset(Upload upload) {
    return blobs.length(upload.id().blob());
  }

  /// Takes a piece. What has come of one that breaks off stays; of one that is not what its
  /// checksum says nothing does.
  ///
  /// @param checksum of the piece
  /// @return up to where the file is here
  /// @throws Fault FAILED_PRECONDITION with reason `wrong_offset`; RESOURCE_EXHAUSTED with reason
  ///   `spool_full`
  public long receive(
      Caller caller, UploadId id, long offset, Optional<Checksum> checksum, InputStream body) {
    Upload upload = get(caller, id);
    Recheck recheck = new Recheck(credentials, caller, present -> get(present, id));
    MessageDigest digest = Checksum.digest();
    byte[] buffer = new byte[64 * 1024];
    try (BlobStore.Writer writer = blobs.append(id.blob(), offset)) {
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        recheck.now();
        upload.announced().requireAtMost(writer.length() + count);
        digest.update(buffer, 0, count);
        writer.write(buffer, 0, count);
      }
      Checksum has = Checksum.of(digest);
      if (checksum.filter(said -> !said.equals(has)).isPresent()) {
        writer.undo();
        throw new Fault(
            FaultCode.INVALID_ARGUMENT,
            "Content-Digest: %s (the body has %s)".formatted(checksum.get(), has));
      }
      return writer.length();
    } catch (IOException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
    }
  }

  /// That was all: when this returns it is a binary, and no upload any more. What turns out to be
  /// something else than was said is thrown away.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `incomplete`
  public Binary end(Caller caller, UploadId id) {
    Upload upload = get(caller, id);
    long offset = offset(upload);
    if (offset != upload.size()) {
      throw Fault.failedPrecondition(
          "upload %s has %d of %d bytes".formatted(id, offset, upload.size()), "incomplete");
    }
    try {
      return shelf.keep(caller, id, upload.label(), upload.announced());
    } catch (Fault fault) {
      if (fault.code() == FaultCode.INVALID_ARGUMENT || fault.code() == FaultCode.ALREADY_EXISTS) {
        transactions.write(() -> store.delete(id));
        blobs.delete(id.blob());
      }
      throw fault;
    }
  }

  /// Gives one up.
  public void delete(Caller caller, UploadId id) {
    transactions.write(() -> {
      Upload upload = get(caller, id);
      audit.record(
          caller, "upload.delete", id.value(), Map.of("binary", upload.label().toString()));
      return store.delete(id);
    });
    blobs.delete(id.blob());
  }
}
