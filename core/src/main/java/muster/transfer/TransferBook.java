package muster.transfer;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import muster.account.Credentials;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.blob.BlobStore;
import muster.device.Approval;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.id.TransferId;
import muster.tx.Transactions;
import muster.work.Watch;

/// The one place where a transfer changes: applies [TransferRules], stores the result and wakes who
/// waits for it. Takes no caller: whoever calls has decided on the right, or is the device itself.
/// Shared by all threads; what runs is in a concurrent map, so that each piece of content can be
/// asked for without the store.
public final class TransferBook {
  private final Transactions transactions;
  private final TransferStore store;
  private final BlobStore blobs;
  private final Devices devices;
  private final Credentials credentials;
  private final Events events;
  private final InstantSource clock;
  private final Watch<TransferId> watch = new Watch<>();

  /// What runs, and how far each of it is that goes to a device.
  private final ConcurrentMap<TransferId, Long> running = new ConcurrentHashMap<>();

  public TransferBook(
      Transactions transactions,
      TransferStore store,
      BlobStore blobs,
      Devices devices,
      Credentials credentials,
      Events events,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.blobs = blobs;
    this.devices = devices;
    this.credentials = credentials;
    this.events = events;
    this.clock = clock;
  }

  TransferStore store() {
    return store;
  }

  BlobStore blobs() {
    return blobs;
  }

  Watch<TransferId> watch() {
    return watch;
  }

  /// Applies an event; empty when it changed nothing.
  Optional<Transfer> apply(TransferId id, TransferEvent event) {
    return transactions.write(() ->
        store
            .find(id)
            .flatMap(transfer -> TransferRules.next(withProgress(transfer), event, clock.instant()))
            .map(this::stored));
  }

  private Transfer stored(Transfer transfer) {
    store.update(transfer);
    TransferId id = transfer.id();
    if (transfer.status().isFinal()) {
      events.emit(
          Event.TRANSFER_FINISHED,
          Optional.of(transfer.device()),
          Map.of("transfer", id.value(), "status", transfer.status().word()));
    }
    transactions.afterCommit(() -> {
      if (transfer.status() == TransferStatus.RUNNING) {
        running.putIfAbsent(id, transfer.bytesDone());
      } else {
        running.remove(id);
      }
      watch.wake(id);
    });
    return transfer;
  }

  boolean isRunning(TransferId id) {
    return running.containsKey(id);
  }

  /// So much of it has gone to the device.
  void sent(TransferId id, long bytes) {
    running.computeIfPresent(id, (key, before) -> bytes);
  }

  /// With as much as has been done by now.
  Transfer withProgress(Transfer transfer) {
    if (transfer.status().isFinal()) {
      return transfer;
    }
    long done =
        transfer.isUpload()
            ? running.getOrDefault(transfer.id(), transfer.bytesDone())
            : blobs.length(transfer.id().blob());
    return transfer.with(transfer.size(), done, transfer.checksum());
  }

  /// @throws Fault PERMISSION_DENIED for a device that may take part no more
  void requireApproved(DeviceId device) {
    if (devices
        .lookUp(Caller.SERVER, device)
        .filter(found -> found.approval() == Approval.APPROVED)
        .isEmpty()) {
      throw new Fault(
          FaultCode.PERMISSION_DENIED,
          "device %s was deleted or is not approved".formatted(device));
    }
  }

  /// Whether its requester may still do this to the device.
  boolean isAllowed(Transfer transfer) {
    return isAllowed(transfer, requester(transfer.requesterId()));
  }

  /// Who asked for a transfer, with the rights of now; empty when it has none any more.
  Optional<Caller> requester(String id) {
    return credentials.current(id);
  }

  /// As [#isAllowed(Transfer)], for those who look at many: the requester is looked up once.
  boolean isAllowed(Transfer transfer, Optional<Caller> requester) {
    Instant now = clock.instant();
    return devices
        .lookUp(Caller.SERVER, transfer.device())
        .filter(device -> device.approval() == Approval.APPROVED)
        .flatMap(device ->
            requester.filter(caller ->
                Access.allows(
                    caller,
                    permission(transfer.direction()),
                    DeviceFields.subject(device, now),
                    now)))
        .isPresent();
  }

  static Permission permission(Transfer.Direction direction) {
    return switch (direction) {
      case UPLOAD -> Permission.FILE_WRITE;
      case DOWNLOAD -> Permission.FILE_READ;
    };
  }
}
