package muster.testkit.simulation;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import muster.account.Credentials;
import muster.account.Keys;
import muster.audit.Audit;
import muster.checkin.Checkins;
import muster.command.Commands;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.device.DeviceFields;
import muster.device.Devices;
import muster.event.Events;
import muster.link.Links;
import muster.link.Returning;
import muster.page.CursorCodec;

/// The server's core from a start to its death: what is in memory, and so gone after a crash.
final class ServerRun {
  private static final Returning RETURNING = new Returning(100, Duration.ofSeconds(10));

  final Credentials credentials;
  final Keys keys;
  final Links links;
  final Commands commands;
  final Deliveries deliveries;
  final Checkins checkins;
  final List<Wire> wires = new ArrayList<>();

  /// Takes up what the stores hold.
  ///
  /// @param threads runs what the real server gives to other threads
  ServerRun(MemoryStores stores, Timeline time, Executor threads) {
    InstantSource clock = time::now;
    MemoryTransactions transactions = stores.transactions;
    Events events =
        new Events(
            transactions,
            new MemoryEventStore(transactions, stores.events),
            clock,
            threads,
            (event, problem) -> {
              throw new AssertionError("a subscriber failed on " + event, problem);
            });
    Audit audit = new Audit(transactions, new UncheckedAudit(), clock);
    credentials =
        new Credentials(
            transactions, stores.credentials, new NoUsers(), DeviceFields::filter, clock);
    keys =
        new Keys(transactions, stores.credentials, credentials, DeviceFields::filter, audit, clock);
    CursorCodec cursors = new CursorCodec(new byte[32], clock, Duration.ofHours(1));
    Devices devices =
        new Devices(transactions, stores.devices, credentials, events, audit, cursors, clock);
    links =
        new Links(
            transactions,
            stores.devices,
            stores.connections,
            events,
            clock,
            time::nanos,
            RETURNING,
            threads);
    Executions executions = new Executions(transactions, stores.commands, events, clock);
    deliveries =
        new Deliveries(
            transactions, stores.commands, devices, links, credentials, executions, clock);
    commands =
        new Commands(
            transactions,
            stores.commands,
            devices,
            credentials,
            executions,
            deliveries,
            events,
            audit,
            clock);
    checkins =
        new Checkins(
            transactions,
            stores.devices,
            credentials,
            links,
            deliveries,
            executions,
            events,
            audit,
            clock);
    links.recover();
  }
}
