package muster.update;

import java.util.List;
import java.util.Optional;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.command.Commands;
import muster.device.Device;
import muster.device.Devices;
import muster.fault.Fault;
import muster.id.DeploymentId;
import muster.id.DeviceId;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;
import muster.rollout.Tally;
import muster.tx.Transactions;
import muster.update.Deployment.Part;

/// How deployments stand, for people and programs; and for a device, what it is to install.
public final class DeploymentProgress {
  private final Transactions transactions;
  private final DeploymentStore store;
  private final UpdateStore updates;
  private final Devices devices;
  private final Commands commands;
  private final CursorCodec cursors;
  private final InstallReport.Reader reports;

  /// @param reports reads what devices print while they install
  public DeploymentProgress(
      Transactions transactions,
      DeploymentStore store,
      UpdateStore updates,
      Devices devices,
      Commands commands,
      CursorCodec cursors,
      InstallReport.Reader reports) {
    this.transactions = transactions;
    this.store = store;
    this.updates = updates;
    this.devices = devices;
    this.commands = commands;
    this.cursors = cursors;
    this.reports = reports;
  }

  /// One part of a list, and the token of the next; empty when this is the last.
  public record Listing(Page<Deployment> page, Optional<String> next) {}

  /// Newest first, `size` of them at most, from where `token` says.
  public Listing list(Caller caller, int size, Optional<String> token) {
    Access.require(caller, Permission.UPDATE_VIEW);
    String query = "deployments";
    Optional<Cursor> after = token.map(text -> cursors.require("page_token", text, query));
    Page<Deployment> page = store.list(new PageRequest(size, after));
    return new Listing(page, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  public Deployment get(Caller caller, DeploymentId id) {
    Access.require(caller, Permission.UPDATE_VIEW);
    return store.find(id).orElseThrow(() -> Fault.notFound("deployment", id.value()));
  }

  /// The line of a deployment in a list.
  public record Summary(Deployment deployment, Update update, Tally all) {}

  public Summary summary(Caller caller, DeploymentId id) {
    Deployment deployment = get(caller, id);
    return new Summary(
        deployment, updates.find(deployment.update()).orElseThrow(), store.tally(id));
  }

  /// A deployment as it stands, all of one moment.
  ///
  /// @param update what it brings
  /// @param notes what was decided, oldest first
  /// @param revert the deployment that takes its devices back, while it does
  public record Account(
      Deployment deployment,
      Update update,
      Tally all,
      DeploymentStore.Figures figures,
      List<Deployment.Note> notes,
      Optional<DeploymentId> revert) {}

  public Account account(Caller caller, DeploymentId id) {
    return transactions.write(() -> {
      Deployment deployment = get(caller, id);
      return new Account(
          deployment,
          updates.find(deployment.update()).orElseThrow(),
          store.tally(id),
          store.figures(id),
          store.notes(id),
          store.revertOf(id).map(Deployment::id));
    });
  }

  /// One device of a deployment.
  ///
  /// @param name absent when the device was deleted
  /// @param status of its command; absent while it has none
  /// @param report what it says of the installation
  public record PartState(
      Part part, Optional<String> name, Optional<CommandStatus> status, InstallReport report) {}

  /// One part of the devices that the caller may see, and the token of the next.
  public record Parts(List<PartState> parts, Optional<String> next) {}

  /// In the order of their turn. A device that was deleted is seen by those without a fence.
  public Parts parts(Caller caller, DeploymentId id, int size, Optional<String> token) {
    get(caller, id);
    String query = "parts\n" + id;
    Optional<Cursor> after = token.map(text -> cursors.require("page_token", text, query));
    Page<DeploymentStore.Named> page = store.parts(id, new PageRequest(size, after));
    List<PartState> parts =
        page.items().stream()
            .filter(named ->
                caller.scope().isEmpty()
                    || devices.lookUp(caller, named.part().device()).isPresent())
            .map(this::state)
            .toList();
    return new Parts(parts, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  private PartState state(DeploymentStore.Named named) {
    Part part = named.part();
    Optional<Command> command =
        part.at() == Part.At.RUNNING
            ? part.command().flatMap(id -> commands.lookUp(Caller.SERVER, id))
            : Optional.empty();
    InstallReport report =
        command
            .map(of -> InstallReport.last(commands.tail(of.id()), reports))
            .orElse(InstallReport.NOTHING);
    return new PartState(part, named.name(), command.map(Command::status), report);
  }

  /// What a device is to install now.
  ///
  /// @param command by which it has been told
  public record Assignment(
      Deployment deployment, Update update, Artifact artifact, Part part, Command command) {}

  /// Empty when it is at no update, or goes back.
  public Optional<Assignment> assignment(DeviceId id) {
    Optional<DeploymentStore.Owned> owned = store.running(id);
    Optional<Deployment> deployment =
        owned.flatMap(of -> store.find(of.deployment())).filter(of -> !of.isRollback());
    Optional<Device> device = devices.lookUp(Caller.SERVER, id);
    if (deployment.isEmpty() || device.isEmpty()) {
      return Optional.empty();
    }
    Update update = updates.find(deployment.get().update()).orElseThrow();
    Part part = owned.get().part();
    Optional<Command> command =
        part.command().flatMap(told -> commands.lookUp(Caller.SERVER, told));
    return update
        .content()
        .artifactFor(device.get().facts())
        .flatMap(artifact ->
            command.map(told -> new Assignment(deployment.get(), update, artifact, part, told)));
  }
}
