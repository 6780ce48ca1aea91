package muster.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Gatherers;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.blob.Content;
import muster.device.Names;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BlobId;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.link.Links;
import muster.link.Session;
import muster.tx.Transactions;

/// Transfers for devices: gives each what waits for it, takes and gives contents, hears how it
/// ended. A device is whoever shows its credential; of another's transfers it learns nothing.
public final class Handovers {
  private static final int MAX_ERROR = 1024;
  private static final int SWEEP_BATCH = 500;
  private static final String WITHDRAWN = "the requester's right was withdrawn";

  private final Transactions transactions;
  private final TransferBook book;
  private final TransferStore store;
  private final BlobStore blobs;
  private final Links links;
  private final TransferLimits limits;
  private final InstantSource clock;

  /// Devices that were busy, or whose last hand-out failed.
  private final Set<DeviceId> tryAgain = ConcurrentHashMap.newKeySet();

  public Handovers(
      Transactions transactions,
      TransferBook book,
      Links links,
      TransferLimits limits,
      InstantSource clock) {
    this.transactions = transactions;
    this.book = book;
    this.store = book.store();
    this.blobs = book.blobs();
    this.links = links;
    this.limits = limits;
    this.clock = clock;
  }

  /// @throws Fault FAILED_PRECONDITION with reason `no_transfers` when it is certain that the
  ///   device's agent can't
  void requireAble(DeviceId device) {
    if (links.find(device).filter(s -> !(s.link() instanceof TransferLink)).isPresent()) {
      throw Fault.failedPrecondition(
          "device %s is connected by an agent that takes no files".formatted(device),
          "no_transfers");
    }
  }

  /// The device has its welcome: what runs it is told again, and what waits it gets.
  public void ready(Session session) {
    handOut(session, true);
  }

  /// Gives the device what waits for it, if it is connected. Returns at once. When the store can't
  /// write now it says so itself, and the next tick tries again: what the caller did is durable.
  public void deliver(DeviceId device) {
    try {
      links.find(device).filter(Session::isReady).ifPresent(session -> handOut(session, false));
    } catch (RuntimeException e) {
      tryAgain.add(device);
      if (!(e instanceof Fault fault) || fault.code() != FaultCode.UNAVAILABLE) {
        throw e;
      }
    }
  }

  private void handOut(Session session, boolean again) {
    if (session.link() instanceof TransferLink link
        && !store.unfinished(session.device()).isEmpty()) {
      transactions.<List<Transfer>>write(() -> take(session, again)).forEach(link::offer);
    }
  }

  private List<Transfer> take(Session session, boolean again) {
    List<Transfer> given = new ArrayList<>();
    if (!session.isOpen() || !links.isNewest(session)) {
      return given;
    }
    List<Transfer> unfinished = store.unfinished(session.device());
    long room =
        limits.atOnce()
            - unfinished.stream().filter(t -> t.status() == TransferStatus.RUNNING).count();
    for (Transfer transfer : unfinished) {
      if (transfer.status() == TransferStatus.RUNNING) {
        if (again) {
          given.add(transfer);
        }
      } else if (room > 0) {
        Optional<Transfer> taken = book.apply(transfer.id(), turnOf(transfer));
        if (taken.filter(next -> next.status() == TransferStatus.RUNNING).isPresent()) {
          given.add(taken.get());
          room--;
        }
      }
    }
    return given;
  }

  private TransferEvent turnOf(Transfer transfer) {
    if (!clock.instant().isBefore(transfer.expiresAt())) {
      return new TransferEvent.Clock();
    }
    if (!book.isAllowed(transfer)) {
      return new TransferEvent.Cancelled(WITHDRAWN);
    }
    return transfer.isUpload() && !blobs.isSealed(transfer.id().blob())
        ? new TransferEvent.Failed("its content is gone: the data was restored from a backup")
        : new TransferEvent.Taken();
  }

  /// The device's connection is gone: what it was at waits for the next one.
  public void closed(Session session) {
    List<Transfer> unfinished = store.unfinished(session.device());
    if (unfinished.isEmpty()) {
      return;
    }
    transactions.write(() -> {
      boolean newest = links.isNewest(session);
      if (newest) {
        unfinished.forEach(t -> book.apply(t.id(), new TransferEvent.Returned()));
      }
      return newest;
    });
  }

  /// The device would not take it; `again` when it was only busy.
  public void refused(DeviceId device, TransferId id, String why, boolean again) {
    if (again) {
      book.apply(id, new TransferEvent.Returned());
      tryAgain.add(device);
    } else {
      book.apply(id, new TransferEvent.Failed(Names.reported(why, MAX_ERROR)));
      blobs.delete(id.blob());
      deliver(device);
    }
  }

  /// Tells the device that a transfer is no more, and gives it the next.
  void stop(Transfer transfer) {
    links
        .find(transfer.device())
        .map(Session::link)
        .filter(TransferLink.class::isInstance)
        .ifPresent(link -> ((TransferLink) link).cancel(transfer.id()));
    deliver(transfer.device());
  }

  /// One of the calling device's transfers, as it stands.
  ///
  /// @throws Fault NOT_FOUND for those of others too; PERMISSION_DENIED for a device that was
  ///   turned away
  public Transfer own(Caller caller, TransferId id) {
    Access.require(caller, Permission.FILE_CARRY);
    book.requireApproved(new DeviceId(caller.id()));
    return store
        .find(id)
        .filter(transfer -> transfer.device().value().equals(caller.id()))
        .map(book::withProgress)
        .orElseThrow(() -> Fault.notFound("transfer", id.value()));
  }

  private Transfer ownRunning(Caller caller, TransferId id, Transfer.Direction direction) {
    Transfer transfer = own(caller, id);
    if (transfer.direction() != direction) {
      throw Fault.failedPrecondition(
          "transfer %s is no %s".formatted(id, direction.word()), "wrong_direction");
    }
    requireTaken(transfer);
    return transfer;
  }

  /// One that waits for the device's connection is gone on with when the device comes for it: its
  /// socket may take longer to be back.
  private void requireTaken(Transfer transfer) {
    if (!book.isRunning(transfer.id())) {
      Transfer now =
          transactions.write(() -> book.apply(transfer.id(), turnOf(transfer)).orElse(transfer));
      if (now.status() != TransferStatus.RUNNING) {
        throw ended(now.id(), now.status());
      }
    }
  }

  private static Fault ended(TransferId id, TransferStatus status) {
    return Fault.failedPrecondition(
        "transfer %s has ended: %s".formatted(id, status.word()), "transfer_ended");
  }

  /// What is to go to the device.
  public Transfer outgoing(Caller caller, TransferId id) {
    return ownRunning(caller, id, Transfer.Direction.UPLOAD);
  }

  /// Writes a part of it, as long as the transfer runs.
  public void send(Transfer transfer, long from, long count, Content.Sink sink) {
    TransferId id = transfer.id();
    try (InputStream content = blobs.open(id.blob(), from)) {
      Content.copy(
          content,
          count,
          sink,
          bytes -> {
            requireRunning(id);
            book.sent(id, from + bytes);
          });
    } catch (IOException e) {
      throw new UncheckedIOException("content of " + id, e);
    }
  }

  private void requireRunning(TransferId id) {
    if (!book.isRunning(id)) {
      throw Fault.failedPrecondition("transfer %s runs no more".formatted(id), "transfer_ended");
    }
  }

  /// A piece of a file that comes from a device.
  ///
  /// @param offset of its first byte
  /// @param size of the whole file
  /// @param checksum of the piece
  public record Piece(long offset, long size, Optional<Checksum> checksum) {}

  /// Takes a piece. What has come of one that breaks off stays; of one that is not what its
  /// checksum says nothing does.
  ///
  /// @return up to where the server has the file
  /// @throws Fault FAILED_PRECONDITION with reason `wrong_offset`; INVALID_ARGUMENT with reason
  ///   `payload_too_large`, and RESOURCE_EXHAUSTED with reason `spool_full`, which end the transfer
  public long receive(Caller caller, TransferId id, Piece piece, InputStream body) {
    Transfer transfer = ownRunning(caller, id, Transfer.Direction.DOWNLOAD);
    try {
      requireFit(transfer, piece.size());
      if (transfer.size().isEmpty()) {
        book.apply(id, new TransferEvent.Sized(piece.size()));
      }
      try (BlobStore.Writer writer = blobs.append(id.blob(), piece.offset())) {
        return receive(id, piece, writer, body);
      }
    } catch (Fault fault) {
      if (fault.reason().equals("spool_full")
          || fault.reason().equals("payload_too_large")
          || fault.reason().equals("file_changed")) {
        fail(transfer, fault.getMessage());
      }
      throw fault;
    }
  }

  private long receive(TransferId id, Piece piece, BlobStore.Writer writer, InputStream body) {
    MessageDigest digest = Checksum.digest();
    byte[] buffer = new byte[64 * 1024];
    try {
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        requireRunning(id);
        if (writer.length() + count > piece.size()) {
          throw changed("it is longer than %d bytes".formatted(piece.size()));
        }
        digest.update(buffer, 0, count);
        writer.write(buffer, 0, count);
      }
    } catch (IOException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
    }
    Checksum received = Checksum.of(digest);
    if (piece.checksum().filter(told -> !told.equals(received)).isPresent()) {
      writer.undo();
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "Content-Digest: %s (the body has %s)".formatted(piece.checksum().get(), received));
    }
    return writer.length();
  }

  private void requireFit(Transfer transfer, long size) {
    if (size < 0 || size > limits.maxBytes()) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "size: %d (expected: at most %d bytes)".formatted(size, limits.maxBytes()),
          Map.of(Fault.REASON, "payload_too_large"));
    }
    if (transfer.size().filter(before -> before != size).isPresent()) {
      throw changed("it had %d bytes and has %d".formatted(transfer.size().get(), size));
    }
    if (size - transfer.bytesDone() > blobs.budget() - blobs.used()) {
      throw spoolFull(blobs);
    }
  }

  private static Fault changed(String how) {
    return Fault.failedPrecondition("the file changed while it was read: " + how, "file_changed");
  }

  static Fault spoolFull(BlobStore blobs) {
    return new Fault(
        FaultCode.RESOURCE_EXHAUSTED,
        "no room for the file: transfers have %d of %d MiB of the server's disk"
            .formatted(blobs.used() >> 20, blobs.budget() >> 20),
        Map.of(Fault.REASON, "spool_full"));
  }

  private void fail(Transfer transfer, String why) {
    book.apply(transfer.id(), new TransferEvent.Failed(why));
    blobs.delete(transfer.id().blob());
    stop(transfer);
  }

  /// The device could not do it.
  public void failed(Caller caller, TransferId id, String error) {
    Transfer transfer = own(caller, id);
    if (!transfer.status().isFinal()) {
      String why = Names.reported(error, MAX_ERROR);
      book.apply(id, new TransferEvent.Failed(why.isEmpty() ? "failed on the device" : why));
      blobs.delete(id.blob());
      deliver(transfer.device());
    }
  }

  /// The device has all of it, or has given all of it. Durable when this returns; a second time it
  /// changes nothing.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `wrong_content` when what came is not what was
  ///   sent: a file from the device is forgotten then, and can be sent again from its beginning;
  ///   with reason `transfer_ended` when it has ended otherwise meanwhile
  public void completed(Caller caller, TransferId id, long size, Checksum checksum) {
    Transfer transfer = own(caller, id);
    if (transfer.status().isFinal()) {
      return;
    }
    requireTaken(transfer);
    BlobId blob = id.blob();
    if (transfer.isUpload()) {
      requireSame(transfer, transfer.size().equals(Optional.of(size)), checksum);
    } else {
      requireFit(transfer, size);
      if (blobs.length(blob) != size || !blobs.seal(blob).equals(checksum)) {
        blobs.delete(blob);
        requireSame(transfer, false, checksum);
      }
    }
    TransferStatus now =
        book.apply(id, new TransferEvent.Completed(size, checksum))
            .or(() -> store.find(id))
            .orElse(transfer)
            .status();
    if (now != TransferStatus.COMPLETED) {
      throw ended(id, now);
    }
    if (transfer.isUpload()) {
      blobs.delete(blob);
    }
    deliver(transfer.device());
  }

  private static void requireSame(Transfer transfer, boolean sameSize, Checksum checksum) {
    if (!sameSize || transfer.checksum().filter(sent -> !sent.equals(checksum)).isPresent()) {
      throw Fault.failedPrecondition(
          "transfer %s: what arrived is not what was sent".formatted(transfer.id()),
          "wrong_content");
    }
  }

  /// Ends what has taken too long or whose requester has lost the right, and asks again who was
  /// busy. Called by the server once a second.
  public void tick() {
    Map<String, Optional<Caller>> requesters = new HashMap<>();
    store.running().stream()
        .filter(transfer ->
            !book.isAllowed(
                transfer, requesters.computeIfAbsent(transfer.requesterId(), book::requester)))
        .gather(Gatherers.windowFixed(SWEEP_BATCH))
        .forEach(some -> end(some, new TransferEvent.Cancelled(WITHDRAWN)));
    List<Transfer> due;
    do {
      due = store.due(clock.instant(), SWEEP_BATCH);
    } while (end(due, new TransferEvent.Clock()) == SWEEP_BATCH);
    for (DeviceId device : List.copyOf(tryAgain)) {
      tryAgain.remove(device);
      deliver(device);
    }
  }

  /// Returns how many it has ended.
  private int end(List<Transfer> transfers, TransferEvent event) {
    if (transfers.isEmpty()) {
      return 0;
    }
    List<Transfer> ended =
        transactions.write(
            () -> transfers.stream().flatMap(t -> book.apply(t.id(), event).stream()).toList());
    for (Transfer transfer : ended) {
      blobs.delete(transfer.id().blob());
      stop(transfer);
    }
    return ended.size();
  }
}
