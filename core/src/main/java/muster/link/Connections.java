package muster.link;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import muster.auth.Caller;
import muster.device.Devices;
import muster.fault.Fault;
import muster.id.DeviceId;
import muster.tx.Transactions;

/// The links a device had, for people and programs.
public final class Connections {
  /// How long an ended link stays on record, if that many newer ones do not push it out.
  private static final Duration KEPT_FOR = Duration.ofDays(30);

  private static final int SWEEP_BATCH = 500;

  private final Transactions transactions;
  private final ConnectionStore store;
  private final Devices devices;
  private final InstantSource clock;

  public Connections(
      Transactions transactions, ConnectionStore store, Devices devices, InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.devices = devices;
    this.clock = clock;
  }

  /// Those with an epoch below `before`, newest first, `limit` of them at most.
  ///
  /// @throws Fault NOT_FOUND also for a device outside the caller's scope
  public List<Connection> find(Caller caller, DeviceId id, long before, int limit) {
    devices.get(caller, id);
    return store.find(id, before, limit);
  }

  /// Drops what is too old. Called now and then by the server.
  public void tidy() {
    int deleted;
    do {
      deleted =
          transactions.write(() -> store.deleteEnded(clock.instant().minus(KEPT_FOR), SWEEP_BATCH));
    } while (deleted == SWEEP_BATCH);
  }
}
