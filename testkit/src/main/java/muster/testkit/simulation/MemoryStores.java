package muster.testkit.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.account.Credential;
import muster.auth.Role;
import muster.auth.Token;
import muster.command.CommandStore;
import muster.device.Approval;
import muster.device.Condition;
import muster.device.Decisions;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceState;
import muster.event.Event;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// All that outlives the server, in memory.
public final class MemoryStores {
  final FailPoint failPoint = new FailPoint();
  final MemoryTransactions transactions = new MemoryTransactions(failPoint);
  final MemoryDeviceStore devices = new MemoryDeviceStore(transactions);
  final MemoryConnectionStore connections = new MemoryConnectionStore(transactions);
  final MemoryCredentialStore credentials = new MemoryCredentialStore(transactions);
  final MemoryCommandStore commands = new MemoryCommandStore(transactions);

  /// Every event that was committed, in order.
  final List<Event> events = new ArrayList<>();

  public Transactions transactions() {
    return transactions;
  }

  public CommandStore commands() {
    return commands;
  }

  /// Adds an approved device with a credential of the same id.
  void add(DeviceId id, Instant now) {
    Device device =
        new Device(
            id,
            id.value(),
            new TreeSet<>(),
            Approval.APPROVED,
            Condition.NORMAL,
            DeviceFacts.NONE,
            Map.of(),
            Optional.empty(),
            now,
            now,
            Decisions.NONE,
            DeviceState.NEVER_SEEN);
    Credential credential =
        new Credential(
            id.value(),
            Token.Kind.DEVICE,
            id.value(),
            id.value(),
            Role.DEVICE,
            Optional.empty(),
            "",
            now,
            Optional.empty(),
            Optional.empty());
    transactions.write(() -> {
      devices.insert(device);
      credentials.insert(credential);
      return id;
    });
  }
}
