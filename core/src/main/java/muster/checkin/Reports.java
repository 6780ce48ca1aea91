package muster.checkin;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import muster.auth.Caller;
import muster.command.Command;
import muster.command.CommandEvent;
import muster.command.CommandLink;
import muster.command.CommandStatus;
import muster.command.Deliveries;
import muster.command.Executions;
import muster.command.OutputChunk;
import muster.device.Device;
import muster.device.DeviceFacts;
import muster.device.DeviceStore;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.link.Arrival;
import muster.link.Link;
import muster.link.Links;
import muster.link.Session;
import muster.tx.Transactions;

/// Devices that report now and then instead of holding a connection: a script with a key is enough.
/// Each report is durable before it is answered. It counts as a connection that lasts until no
/// report has come for [Link#MAX_SILENCE]; a device that is connected besides has its work sent
/// there, and its reports are measures only.
///
/// Work is fetched: the answer to a report holds it. A device that tells what it has got
/// ([Report#received]) is given again what got lost on the way, and must know ids it has seen; to
/// one that does not, a command is given once, and counts as started then.
public final class Reports {
  private final Transactions transactions;
  private final DeviceStore devices;
  private final ReportStore store;
  private final Links links;
  private final Checkins checkins;
  private final Deliveries deliveries;
  private final Executions executions;

  public Reports(
      Transactions transactions,
      DeviceStore devices,
      ReportStore store,
      Links links,
      Checkins checkins,
      Deliveries deliveries,
      Executions executions) {
    this.transactions = transactions;
    this.devices = devices;
    this.store = store;
    this.links = links;
    this.checkins = checkins;
    this.deliveries = deliveries;
    this.executions = executions;
  }

  /// Between two reports there is nothing to close and nobody to ask.
  private static final class NoLink implements Link {
    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public void probe() {}
  }

  /// Takes a report of the device that the caller is; the answer is what it is to do.
  ///
  /// @throws Fault NOT_FOUND when there is no such device, PERMISSION_DENIED when it is another
  ///   than the caller, or one that may not take part
  public Report.Orders report(Caller caller, DeviceId id, Report report) {
    Identity identity = checkins.identity(caller);
    Device device = own(identity, id);
    DeviceFacts facts = Checkins.atLeast(device, report.facts());
    Session session =
        links
            .find(id)
            .filter(Session::isOpen)
            .orElseGet(() -> begin(identity, caller.origin().address(), facts));
    Report.Orders orders = transactions.write(() -> taken(session, facts, report));
    if (report.leaves() && session.link() instanceof NoLink) {
      checkins.closed(session, true);
    }
    return orders;
  }

  /// Takes how a command of the device ended that the caller is, between two reports. One that was
  /// settled before is passed over.
  ///
  /// @throws Fault as [#report], and NOT_FOUND for a command that is none of the device's
  public void result(Caller caller, DeviceId id, Report.Outcome outcome) {
    Device device = own(checkins.identity(caller), id);
    if (executions.of(device.id(), outcome.id()).isEmpty()) {
      throw Fault.notFound("command", outcome.id().value());
    }
    transactions.write(() -> {
      settle(id, List.of(outcome));
      return id;
    });
  }

  private Device own(Identity identity, DeviceId id) {
    Device device = devices.find(id).orElseThrow(() -> Fault.notFound("device", id.value()));
    if (!identity.device().equals(id)) {
      throw new Fault(FaultCode.PERMISSION_DENIED, "the credential is that of another device");
    }
    return device;
  }

  private Session begin(Identity identity, String address, DeviceFacts facts) {
    Greeting greeting = new Greeting(facts, Arrival.Machine.UNSAID, Map.of());
    Welcome welcome = checkins.hello(identity, new NoLink(), address, greeting);
    checkins.ready(welcome);
    return welcome.session();
  }

  private Report.Orders taken(Session session, DeviceFacts facts, Report report) {
    DeviceId id = session.device();
    store.save(id, report.unnamed());
    settle(id, report.outcomes());
    boolean fetches = session.link() instanceof NoLink;
    if (fetches) {
      links.heard(session, Optional.of(report.health()));
    } else {
      links.sampled(session, report.health());
    }
    links.store(session);
    report.condition().ifPresent(condition -> checkins.condition(id, condition));
    if (report.leaves()) {
      return Report.Orders.NONE;
    }
    if (session.link() instanceof CommandLink || !links.isNewest(session)) {
      return Report.Orders.NONE;
    }
    checkins.facts(id, facts);
    report.received().ifPresent(received -> compare(id, new HashSet<>(received)));
    return orders(session, report.received().isPresent());
  }

  private Report.Orders orders(Session session, boolean tells) {
    List<Command> given = deliveries.fetch(session, tells);
    if (!tells) {
      given.forEach(command -> executions.apply(command.id(), new CommandEvent.Started()));
    }
    List<CommandId> cancel =
        executions.delivered(session.device()).stream()
            .filter(
                command -> command.cancelRequested() && command.status() != CommandStatus.QUEUED)
            .map(Command::id)
            .toList();
    return new Report.Orders(given, cancel);
  }

  /// Brings the server's view of what the device has got and the device's own together.
  private void compare(DeviceId device, Set<CommandId> received) {
    for (Command command : executions.delivered(device)) {
      executions.apply(
          command.id(),
          received.contains(command.id())
              ? new CommandEvent.Started()
              : new CommandEvent.Unknown());
    }
  }

  /// What was settled before, or belongs to another device, is passed over.
  private void settle(DeviceId device, List<Report.Outcome> outcomes) {
    if (outcomes.isEmpty()) {
      return;
    }
    Map<CommandId, Command> delivered =
        executions.delivered(device).stream().collect(Collectors.toMap(Command::id, c -> c));
    for (Report.Outcome outcome : outcomes) {
      Command command = delivered.remove(outcome.id());
      if (command != null) {
        append(command, outcome.output());
        executions.apply(command.id(), new CommandEvent.Ended(outcome.status(), outcome.result()));
      }
    }
  }

  private void append(Command command, byte[] output) {
    long seq = executions.receivedSeq(command);
    for (int from = 0; from < output.length; from += OutputChunk.MAX_BYTES) {
      int to = Math.min(output.length, from + OutputChunk.MAX_BYTES);
      byte[] piece = Arrays.copyOfRange(output, from, to);
      executions.output(
          command.device(),
          command.id(),
          command.attempt(),
          new OutputChunk(++seq, OutputChunk.Stream.STDOUT, piece, 0));
    }
  }

  /// The latest measures of a device that have no name of ours.
  public Map<String, Object> unnamed(DeviceId device) {
    return store.find(device);
  }
}
