package muster.binary;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BinaryId;
import muster.id.BlobId;
import muster.id.UploadId;
import muster.tx.Transactions;

/// The one place where binaries come and go, with their contents. Shared by all threads; who
/// decides over a content has the [Claims] on it.
public final class Shelf {
  private static final int AT_ONCE = 500;

  private final Transactions transactions;
  private final BinaryStore binaries;
  private final UploadStore uploads;
  private final BlobStore blobs;
  private final Credentials credentials;
  private final Audit audit;
  private final InstantSource clock;
  private final long maxBytes;
  private final Claims claims = new Claims();

  /// What arrives in one go, of which the store knows nothing.
  private final Set<BlobId> arriving = ConcurrentHashMap.newKeySet();

  /// @param maxBytes of one file
  public Shelf(
      Transactions transactions,
      BinaryStore binaries,
      UploadStore uploads,
      BlobStore blobs,
      Credentials credentials,
      Audit audit,
      InstantSource clock,
      long maxBytes) {
    this.transactions = transactions;
    this.binaries = binaries;
    this.uploads = uploads;
    this.blobs = blobs;
    this.credentials = credentials;
    this.audit = audit;
    this.clock = clock;
    this.maxBytes = maxBytes;
  }

  BinaryStore binaries() {
    return binaries;
  }

  UploadStore uploads() {
    return uploads;
  }

  BlobStore blobs() {
    return blobs;
  }

  /// Files go to any device that an update is for: a fence around some of them would be none.
  static void requireMayCreate(Caller caller) {
    Access.requireUnscoped(caller, Permission.UPDATE_CREATE);
  }

  void requireSmall(long size) {
    if (size > maxBytes) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "size_bytes: %d (expected: at most %d)".formatted(size, maxBytes),
          Map.of(Fault.REASON, "payload_too_large"));
    }
  }

  /// Refuses what can't become a binary, before any of it is taken.
  void requireFits(Label label, Announced announced) {
    announced.size().ifPresent(this::requireSmall);
    announced
        .checksum()
        .ifPresent(
            checksum -> binaries.find(label).ifPresent(before -> requireSame(before, checksum)));
    if (announced.size().orElse(1L) > blobs.budget() - blobs.used()) {
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "no room for the file: binaries have %d of %d MiB of the server's disk"
              .formatted(blobs.used() >> 20, blobs.budget() >> 20),
          Map.of(Fault.REASON, "spool_full"));
    }
  }

  private static void requireSame(Binary before, Checksum checksum) {
    if (!before.checksum().equals(checksum)) {
      throw new Fault(
          FaultCode.ALREADY_EXISTS,
          "%s is there already, as %s, with another content: %s"
              .formatted(before.label(), before.id(), before.checksum()),
          Map.of("binary_id", before.id().value()));
    }
  }

  /// Something comes in one go: it is not swept away until [#drop].
  UploadId begin() {
    UploadId id = UploadId.random();
    arriving.add(id.blob());
    return id;
  }

  /// Whatever is left of something that came in one go, goes.
  void drop(UploadId id) {
    blobs.delete(id.blob());
    arriving.remove(id.blob());
  }

  /// Makes a binary of what has arrived; when it can't be one, all is as before. Of the same label
  /// and content there is one already: then that is the answer.
  ///
  /// @throws Fault ALREADY_EXISTS when the label's content is another
  Binary keep(Caller caller, UploadId arrived, Label label, Announced announced) {
    BlobId upload = arrived.blob();
    Checksum checksum = blobs.seal(upload);
    long size = blobs.length(upload);
    announced.require(size, checksum);
    BlobId content = Binary.blob(checksum);
    try (Claims.Claim claim = claims.take(checksum)) {
      boolean isNew = !blobs.isSealed(content);
      if (isNew) {
        // First: a row without content would be a wrong file, content without a row is swept away.
        blobs.rename(upload, content);
      }
      boolean kept = false;
      try {
        Binary binary = transactions.write(() -> accept(caller, arrived, label, checksum, size));
        kept = true;
        return binary;
      } finally {
        if (kept && !isNew) {
          blobs.delete(upload);
        } else if (!kept && isNew) {
          blobs.rename(content, upload);
        }
      }
    }
  }

  private Binary accept(
      Caller caller, UploadId arrived, Label label, Checksum checksum, long size) {
    Caller present = credentials.renewed(caller);
    requireMayCreate(present);
    uploads.delete(arrived);
    Optional<Binary> before = binaries.find(label);
    if (before.isPresent()) {
      requireSame(before.get(), checksum);
      return before.get();
    }
    Binary binary =
        new Binary(
            BinaryId.random(),
            label,
            checksum,
            size,
            present.principal(),
            present.principalId(),
            clock.instant());
    binaries.insert(binary);
    audit.record(present, "binary.create", binary.id().value(), facts(binary));
    return binary;
  }

  private static Map<String, String> facts(Binary binary) {
    return Map.of(
        "binary", binary.label().toString(),
        "checksum", binary.checksum().text(),
        "size", Long.toString(binary.size()));
  }

  /// Takes a binary away, and its content when no other has the same. Who fetches it is stopped
  /// within seconds.
  ///
  /// @param mayGo throws when it may not
  Binary remove(Caller caller, BinaryId id, Consumer<Binary> mayGo) {
    Binary gone =
        transactions.write(() -> {
          Binary binary = binaries.find(id).orElseThrow(() -> Fault.notFound("binary", id.value()));
          mayGo.accept(binary);
          binaries.delete(id);
          audit.record(caller, "binary.delete", id.value(), facts(binary));
          return binary;
        });
    dropUnnamed(gone.checksum());
    return gone;
  }

  private void dropUnnamed(Checksum checksum) {
    try (Claims.Claim claim = claims.take(checksum)) {
      if (!binaries.isNamed(checksum)) {
        blobs.delete(Binary.blob(checksum));
      }
    }
  }

  /// Gives up uploads whose time has passed, and removes every blob that nothing needs. Called by
  /// the server at start and once a minute.
  public void sweep() {
    int given;
    do {
      given =
          transactions.write(() ->
              (int)
                  uploads.due(clock.instant(), AT_ONCE).stream()
                      .filter(upload -> uploads.delete(upload.id()))
                      .count());
    } while (given == AT_ONCE);
    for (BlobId blob : blobs.ids()) {
      Optional<Checksum> content = content(blob);
      if (content.isPresent()) {
        dropUnnamed(content.get());
      } else if (!isArriving(blob)) {
        blobs.delete(blob);
      }
    }
  }

  private boolean isArriving(BlobId blob) {
    return arriving.contains(blob) || UploadId.of(blob.value()).flatMap(uploads::find).isPresent();
  }

  private static Optional<Checksum> content(BlobId blob) {
    return Checksum.parse("sha256:" + blob.value());
  }
}
