package muster.device;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.auth.Token;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// Decisions on devices: who may take part ([Approval]). A device that is turned away loses its
/// link and its work at once. Blocking suspends its credential, denying and revoking end it.
public final class Approvals {
  private final Transactions transactions;
  private final Devices devices;
  private final DeviceStore store;
  private final Credentials credentials;
  private final Events events;
  private final Audit audit;
  private final InstantSource clock;

  public Approvals(
      Transactions transactions,
      Devices devices,
      DeviceStore store,
      Credentials credentials,
      Events events,
      Audit audit,
      InstantSource clock) {
    this.transactions = transactions;
    this.devices = devices;
    this.store = store;
    this.credentials = credentials;
    this.events = events;
    this.audit = audit;
    this.clock = clock;
  }

  /// @throws Fault FAILED_PRECONDITION with reason `not_pending` unless the device is pending
  public Device approve(Caller caller, DeviceId id) {
    return decide(caller, id, Approval.Step.APPROVE);
  }

  /// @throws Fault FAILED_PRECONDITION with reason `not_pending` unless the device is pending
  public Device deny(Caller caller, DeviceId id) {
    return decide(caller, id, Approval.Step.DENY);
  }

  /// Blocks a device, whatever it was; twice is once.
  public Device block(Caller caller, DeviceId id) {
    return decide(caller, id, Approval.Step.BLOCK);
  }

  /// @throws Fault FAILED_PRECONDITION with reason `not_blocked` unless the device is blocked
  public Device unblock(Caller caller, DeviceId id) {
    return decide(caller, id, Approval.Step.UNBLOCK);
  }

  /// Ends the credential of an approved device: it has to enrol again. Twice is once, and a blocked
  /// device stays blocked.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `not_approved` for any other
  public Device revoke(Caller caller, DeviceId id) {
    return decide(caller, id, Approval.Step.REVOKE);
  }

  /// As [#revoke], where twice is a mistake.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `not_approved` unless the device is approved
  public Device revokeApproved(Caller caller, DeviceId id) {
    Access.require(caller, Permission.DEVICE_APPROVE);
    return transactions.write(() -> {
      Device device = devices.get(caller, id);
      if (device.approval() != Approval.APPROVED) {
        throw wrongState(device, Approval.Step.REVOKE);
      }
      return revoke(caller, id);
    });
  }

  private Device decide(Caller caller, DeviceId id, Approval.Step step) {
    Access.require(caller, Permission.DEVICE_APPROVE);
    return transactions.write(() -> {
      Device before = devices.get(caller, id);
      Approval approval = before.approval().after(step).orElseThrow(() -> wrongState(before, step));
      if (step.endsCredential()) {
        credentials.revokeAllOf(Token.Kind.DEVICE, id.value());
      }
      audit.record(caller, step.action(), id.value(), Map.of("name", before.name()));
      if (approval == before.approval()) {
        return before;
      }
      Device after = before.withApproval(approval, clock.instant());
      store.update(after);
      events.emit(event(approval), Optional.of(id), Map.of("name", before.name()));
      return after;
    });
  }

  private static String event(Approval approval) {
    return switch (approval) {
      case APPROVED -> Event.DEVICE_APPROVED;
      case DENIED -> Event.DEVICE_DENIED;
      case BLOCKED -> Event.DEVICE_BLOCKED;
      case REVOKED -> Event.DEVICE_REVOKED;
      case PENDING -> throw new IllegalArgumentException("no decision makes a device pending");
    };
  }

  private static Fault wrongState(Device device, Approval.Step step) {
    String needed =
        switch (step) {
          case APPROVE, DENY -> "pending";
          case UNBLOCK -> "blocked";
          case BLOCK, REVOKE, REPAIR_PENDING, REPAIR_APPROVED -> "approved";
        };
    return Fault.failedPrecondition(
        "device %s is %s, not %s".formatted(device.id(), device.approval().word(), needed),
        "not_" + needed);
  }
}
