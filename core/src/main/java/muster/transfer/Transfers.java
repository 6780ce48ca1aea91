package muster.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Gatherers;
import muster.account.Credentials;
import muster.account.Recheck;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.blob.BlobStore;
import muster.blob.Checksum;
import muster.blob.Content;
import muster.device.Approval;
import muster.device.Device;
import muster.device.Devices;
import muster.device.Presence;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BlobId;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.tx.Transactions;

/// Transfers for people and programs: begin, look up, cancel, fetch what came. What devices do with
/// them is in [Handovers].
public final class Transfers {
  private static final Set<TransferStatus> UNFINISHED =
      EnumSet.of(TransferStatus.QUEUED, TransferStatus.RUNNING);

  private static final int AT_ONCE = 500;
  private static final int READERS = 10_000;

  private final Transactions transactions;
  private final TransferBook book;
  private final TransferStore store;
  private final BlobStore blobs;
  private final Handovers handovers;
  private final Devices devices;
  private final Credentials credentials;
  private final TransferLimits limits;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  /// Who has begun to read what, the latest of them.
  private final Set<Reader> readers = latest(READERS);

  /// Blobs that somebody is sending, of which the store knows nothing yet.
  private final Set<BlobId> arriving = ConcurrentHashMap.newKeySet();

  private record Reader(TransferId transfer, String who) {}

  private static <T> Set<T> latest(int most) {
    return Collections.synchronizedSet(
        Collections.newSetFromMap(
            new LinkedHashMap<>() {
              private static final long serialVersionUID = 1L;

              @Override
              protected boolean removeEldestEntry(Map.Entry<T, Boolean> eldest) {
                return size() > most;
              }
            }));
  }

  public Transfers(
      Transactions transactions,
      TransferBook book,
      Handovers handovers,
      Devices devices,
      Credentials credentials,
      TransferLimits limits,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.book = book;
    this.store = book.store();
    this.blobs = book.blobs();
    this.handovers = handovers;
    this.devices = devices;
    this.credentials = credentials;
    this.limits = limits;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
    events.react(event -> {
      event
          .endOfWork()
          .ifPresent(why ->
              withdrawAll(
                  event.device().orElseThrow(),
                  event.turnsAway()
                      ? new TransferEvent.Failed(why)
                      : new TransferEvent.Cancelled(why)));
      if (event.endsHistory()) {
        store.deleteOf(event.device().orElseThrow());
      }
    });
  }

  /// Takes a file for a device: when this returns all of it is durable, and it is on its way if the
  /// device is online. A body that breaks off leaves nothing.
  ///
  /// @throws Fault RESOURCE_EXHAUSTED with reason `spool_full`; INVALID_ARGUMENT with reason
  ///   `payload_too_large`, or when it is not what its checksum says
  public Transfer upload(Caller caller, DeviceId id, FileRequest file, InputStream body) {
    return upload(caller, id, file.size(), body, () -> file);
  }

  /// As [#upload], of a file of which it is known only after its body where it is to go.
  ///
  /// @param size when the sender knows it
  /// @param named asked once, when the body has been read
  public Transfer upload(
      Caller caller,
      DeviceId id,
      Optional<Long> size,
      InputStream body,
      Supplier<FileRequest> named) {
    Access.require(caller, Permission.FILE_WRITE);
    requireAble(devices.get(caller, id));
    size.ifPresent(this::requireRoom);
    TransferId transfer = TransferId.random();
    BlobId blob = transfer.blob();
    arriving.add(blob);
    boolean kept = false;
    try {
      receive(caller, id, blob, body);
      FileRequest file = named.get();
      Checksum checksum = blobs.seal(blob);
      requireSame(file, checksum);
      Transfer made =
          transactions.write(() -> {
            Caller present = credentials.renewed(caller);
            Device device = requireMayWrite(present, id);
            requireAble(device);
            return accept(
                present,
                fresh(transfer, present, device, Transfer.Direction.UPLOAD, file)
                    .with(Optional.of(blobs.length(blob)), 0, Optional.of(checksum)));
          });
      kept = true;
      handovers.deliver(id);
      return made;
    } finally {
      if (!kept) {
        blobs.delete(blob);
      }
      arriving.remove(blob);
    }
  }

  private void receive(Caller caller, DeviceId id, BlobId blob, InputStream body) {
    byte[] buffer = new byte[64 * 1024];
    Recheck recheck = new Recheck(credentials, caller, present -> requireMayWrite(present, id));
    try (BlobStore.Writer writer = blobs.append(blob, 0)) {
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        requireSmall(writer.length() + count);
        recheck.now();
        writer.write(buffer, 0, count);
      }
    } catch (IOException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
    }
  }

  private Device requireMayWrite(Caller caller, DeviceId id) {
    Access.require(caller, Permission.FILE_WRITE);
    return devices.get(caller, id);
  }

  private static void requireSame(FileRequest file, Checksum checksum) {
    file.checksum()
        .filter(given -> !given.equals(checksum))
        .ifPresent(given -> {
          throw new Fault(
              FaultCode.INVALID_ARGUMENT,
              "Repr-Digest: %s (the body has %s)".formatted(given, checksum));
        });
  }

  private void requireSmall(long size) {
    if (size > limits.maxBytes()) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "body: too large (expected: at most %d bytes)".formatted(limits.maxBytes()),
          Map.of(Fault.REASON, "payload_too_large"));
    }
  }

  private void requireRoom(long size) {
    requireSmall(size);
    if (size > blobs.budget() - blobs.used()) {
      throw Handovers.spoolFull(blobs);
    }
  }

  /// Asks a device for a file.
  public Transfer download(Caller caller, DeviceId id, String path) {
    Access.require(caller, Permission.FILE_READ);
    FileRequest file = new FileRequest(path, Optional.empty(), Optional.empty(), Optional.empty());
    Transfer made =
        transactions.write(() -> {
          Device device = devices.get(caller, id);
          requireAble(device);
          return accept(
              caller,
              fresh(TransferId.random(), caller, device, Transfer.Direction.DOWNLOAD, file));
        });
    handovers.deliver(id);
    return made;
  }

  private void requireAble(Device device) {
    if (device.approval() != Approval.APPROVED) {
      throw Fault.failedPrecondition(
          "device %s is %s, not approved".formatted(device.id(), device.approval().word()),
          "device_not_approved");
    }
    handovers.requireAble(device.id());
    if (store.count(device.id(), UNFINISHED) >= limits.unfinished()) {
      throw new Fault(
          FaultCode.RESOURCE_EXHAUSTED,
          "%d transfers wait for device %s already".formatted(limits.unfinished(), device.id()),
          Map.of(Fault.REASON, "queue_full", Fault.RETRY_AFTER_SECONDS, "30"));
    }
  }

  private Transfer fresh(
      TransferId id, Caller caller, Device device, Transfer.Direction direction, FileRequest file) {
    Instant now = clock.instant();
    return new Transfer(
        id,
        device.id(),
        direction,
        file.path(),
        file.mode(),
        caller.principal(),
        caller.principalId(),
        now,
        now.plus(limits.kept()),
        TransferStatus.QUEUED,
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private Transfer accept(Caller caller, Transfer transfer) {
    store.insert(transfer);
    audit.record(
        caller,
        "transfer.create",
        transfer.device().value(),
        Map.of(
            "transfer", transfer.id().value(),
            "direction", transfer.direction().word(),
            "path", transfer.path(),
            "size", transfer.size().map(String::valueOf).orElse(""),
            "checksum", transfer.checksum().map(Checksum::text).orElse("")));
    events.emit(
        Event.TRANSFER_QUEUED,
        Optional.of(transfer.device()),
        Map.of("transfer", transfer.id().value()));
    return transfer;
  }

  /// @throws Fault NOT_FOUND also for one of a device outside the caller's scope
  public Transfer get(Caller caller, TransferId id) {
    Access.require(caller, Permission.FILE_READ);
    return store
        .find(id)
        .filter(transfer -> isVisible(caller, transfer))
        .map(book::withProgress)
        .orElseThrow(() -> Fault.notFound("transfer", id.value()));
  }

  private boolean isVisible(Caller caller, Transfer transfer) {
    return caller.scope().isEmpty() || devices.lookUp(caller, transfer.device()).isPresent();
  }

  /// A device's transfers in one of these states, newest first: `limit` of them behind the first
  /// `offset`.
  public List<Transfer> list(
      Caller caller, DeviceId device, Set<TransferStatus> statuses, int offset, int limit) {
    Access.require(caller, Permission.FILE_READ);
    return store.of(devices.get(caller, device).id(), statuses, offset, limit).stream()
        .map(book::withProgress)
        .toList();
  }

  /// How long [#list] is.
  public long count(Caller caller, DeviceId device, Set<TransferStatus> statuses) {
    Access.require(caller, Permission.FILE_READ);
    return store.count(devices.get(caller, device).id(), statuses);
  }

  /// The transfer when it has ended, or as it is after `longest` or when the server stops.
  public Transfer await(Caller caller, TransferId id, Duration longest)
      throws InterruptedException {
    return await(caller, id, longest, transfer -> false);
  }

  private Transfer await(Caller caller, TransferId id, Duration longest, Predicate<Transfer> enough)
      throws InterruptedException {
    return book.watch()
        .await(
            id,
            longest,
            () -> get(credentials.renewed(caller), id),
            transfer -> transfer.status().isFinal() || enough.test(transfer));
  }

  /// Nobody waits any more: the server stops.
  public void endWaits() {
    book.watch().stop();
  }

  /// As [#await], but no longer than until the file's size is known.
  public Transfer awaitSize(Caller caller, TransferId id, Duration longest)
      throws InterruptedException {
    return await(caller, id, longest, transfer -> transfer.size().isPresent());
  }

  /// For who waits for a file: one that is away would not bring or take it.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `device_offline`
  public void requireOnline(Caller caller, DeviceId id, Transfer.Direction direction) {
    Access.require(caller, TransferBook.permission(direction));
    Device device = devices.get(caller, id);
    if (Presence.of(device.state(), clock.instant()).state() == Presence.State.OFFLINE) {
      throw Fault.failedPrecondition("device %s is offline".formatted(id), "device_offline");
    }
  }

  /// Drops the content of a file that has come and been read: its room is for others.
  public void dropContent(Caller caller, TransferId id) {
    blobs.delete(get(caller, id).id().blob());
  }

  /// Ends a transfer that has not ended, and drops the content of one that has.
  public Transfer delete(Caller caller, TransferId id) {
    Transfer seen = get(caller, id);
    Access.require(caller, TransferBook.permission(seen.direction()));
    Transfer transfer =
        transactions.write(() -> {
          Transfer before = get(caller, id);
          audit.record(
              caller, "transfer.delete", id.value(), Map.of("device", before.device().value()));
          return book.apply(id, new TransferEvent.Cancelled("cancelled by " + caller.principal()))
              .orElse(before);
        });
    blobs.delete(id.blob());
    handovers.stop(transfer);
    return transfer;
  }

  /// A file that came from a device, for somebody to read: who did is on record, once however many
  /// pieces are asked for.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `no_content`
  public Transfer open(Caller caller, TransferId id) {
    Transfer transfer = file(caller, id);
    Reader reader = new Reader(id, caller.principalId());
    if (!readers.contains(reader)) {
      audit.record(
          caller,
          "transfer.read",
          id.value(),
          Map.of("device", transfer.device().value(), "path", transfer.path()));
      readers.add(reader);
    }
    return transfer;
  }

  private Transfer file(Caller caller, TransferId id) {
    Transfer transfer = get(caller, id);
    boolean there =
        !transfer.isUpload()
            && transfer.status() == TransferStatus.COMPLETED
            && blobs.isSealed(id.blob());
    if (!there) {
      throw Fault.failedPrecondition(
          "transfer %s is %s and has no content to fetch".formatted(id, told(transfer)),
          "no_content");
    }
    return transfer;
  }

  private static String told(Transfer transfer) {
    return transfer.status() == TransferStatus.COMPLETED
        ? transfer.isUpload() ? "an upload" : "completed some time ago"
        : transfer.status().word();
  }

  /// Writes a part of such a file. What the sink throws ends it, and so does, within 5 s, the loss
  /// of the right to look.
  public void write(Caller caller, TransferId id, long from, long count, Content.Sink sink) {
    file(caller, id);
    Recheck recheck = new Recheck(credentials, caller, present -> file(present, id));
    try (InputStream content = blobs.open(id.blob(), from)) {
      Content.copy(content, count, sink, bytes -> recheck.now());
    } catch (IOException e) {
      throw new UncheckedIOException("content of " + id, e);
    }
  }

  private void withdrawAll(DeviceId device, TransferEvent event) {
    for (Transfer transfer : store.unfinished(device)) {
      book.apply(transfer.id(), event);
    }
  }

  /// Takes over what the last run of the server left. Called once, before the first connection.
  public void recover() {
    store.running().stream()
        .gather(Gatherers.windowFixed(AT_ONCE))
        .forEach(some ->
            transactions.write(() ->
                some.stream()
                    .flatMap(t -> book.apply(t.id(), new TransferEvent.Returned()).stream())
                    .count()));
    sweep();
  }

  /// Removes every blob that no transfer needs. Called by the server once a minute.
  public void sweep() {
    Instant before = clock.instant().minus(limits.kept());
    for (BlobId blob : blobs.ids()) {
      // Asked in this order: one that has just arrived stands in the store before it leaves here.
      if (!arriving.contains(blob) && !isNeeded(blob, before)) {
        blobs.delete(blob);
      }
    }
  }

  private boolean isNeeded(BlobId blob, Instant before) {
    Optional<Transfer> transfer = TransferId.of(blob.value()).flatMap(store::find);
    return transfer
        .filter(found ->
            !found.status().isFinal()
                || (found.status() == TransferStatus.COMPLETED
                    && !found.isUpload()
                    && found.finishedAt().filter(before::isBefore).isPresent()))
        .isPresent();
  }

  /// Drops transfers that ended more than `kept` ago. Called now and then by the server.
  public void tidy(Duration kept) {
    Instant before = clock.instant().minus(kept);
    int deleted;
    do {
      deleted = transactions.write(() -> store.deleteEnded(before, AT_ONCE));
    } while (deleted == AT_ONCE);
  }
}
