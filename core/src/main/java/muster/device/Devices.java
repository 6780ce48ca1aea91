package muster.device;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import muster.account.Credentials;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.auth.Token;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.filter.Filter;
import muster.filter.Order;
import muster.id.DeviceId;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;

/// Devices for people and programs: list, look up, change, delete.
public final class Devices {
  /// What no surface lists unless asked: devices that were turned away.
  private static final Filter LISTED = DeviceFields.filter("NOT approval:denied");

  private final Transactions transactions;
  private final DeviceStore store;
  private final Credentials credentials;
  private final Events events;
  private final Audit audit;
  private final CursorCodec cursors;
  private final InstantSource clock;
  private final List<Consumer<DeviceId>> objections = new CopyOnWriteArrayList<>();

  /// A part of a list; `next` is the token that continues it, absent at the end.
  public record Listing(Page<Device> page, Optional<String> next) {}

  public Devices(
      Transactions transactions,
      DeviceStore store,
      Credentials credentials,
      Events events,
      Audit audit,
      CursorCodec cursors,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.credentials = credentials;
    this.events = events;
    this.audit = audit;
    this.cursors = cursors;
    this.clock = clock;
  }

  /// The devices the caller may see that match, `size` of them at most, from where `token` says.
  ///
  /// @throws Fault INVALID_ARGUMENT for a token of another list, a forged or an old one
  public Listing list(Caller caller, Filter filter, Order order, int size, Optional<String> token) {
    Access.require(caller, Permission.DEVICE_LIST);
    Filter visible = visible(caller, filter);
    // The caller's own filter is bound with its scope: the token is good for this list only.
    String query = "devices\n" + visible + "\n" + order;
    Optional<Cursor> after = token.map(text -> cursors.require("cursor", text, query));
    Page<Device> page =
        store.find(new DeviceQuery(visible, order, new PageRequest(size, after)), clock.instant());
    return new Listing(page, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  /// One part of a list that is walked to its end by the server itself, without tokens. Each part
  /// is for what the caller may see by then.
  ///
  /// @throws Fault UNAUTHENTICATED when its credential is not good any more
  public Page<Device> walk(Caller caller, Filter filter, Order order, PageRequest page) {
    Caller present = credentials.renewed(caller);
    Access.require(present, Permission.DEVICE_LIST);
    return store.find(new DeviceQuery(visible(present, filter), order, page), clock.instant());
  }

  private static Filter visible(Caller caller, Filter filter) {
    Filter listed = filter.mentions("approval") ? Filter.ALL : LISTED;
    return Filter.and(listed, caller.scope().orElse(Filter.ALL), filter);
  }

  /// How many devices the caller may see, and how many of them are online.
  public DeviceStore.Counts count(Caller caller) {
    return count(caller, Filter.ALL);
  }

  /// Those of them that match.
  public DeviceStore.Counts count(Caller caller, Filter filter) {
    Access.require(caller, Permission.DEVICE_LIST);
    return store.count(visible(caller, filter), clock.instant());
  }

  /// How many devices match that the caller may see.
  public long total(Caller caller, Filter filter) {
    Access.require(caller, Permission.DEVICE_LIST);
    return store.total(visible(caller, filter), clock.instant());
  }

  /// @throws Fault NOT_FOUND also for what lies outside the caller's scope
  public Device get(Caller caller, DeviceId id) {
    Access.require(caller, Permission.DEVICE_VIEW);
    return lookUp(caller, id).orElseThrow(() -> Fault.notFound("device", id.value()));
  }

  /// The device if it is there and within the caller's scope; decides on nothing else.
  public Optional<Device> lookUp(Caller caller, DeviceId id) {
    Instant now = clock.instant();
    return store
        .find(id)
        .filter(device -> Access.sees(caller, DeviceFields.subject(device, now), now));
  }

  /// The last change wins, unless `change` names the versions it is meant for.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `version_mismatch`
  public Device update(Caller caller, DeviceId id, DeviceChange change) {
    Access.require(caller, Permission.DEVICE_UPDATE);
    Optional<String> name = change.name().map(given -> Names.name("name", given));
    Optional<SortedSet<String>> tags = change.tags().map(given -> Names.tags("tags", given));
    return transactions.write(() -> {
      Device before = get(caller, id);
      requireVersion(before, change);
      Device after = name.map(before::withName).orElse(before);
      after = tags.map(after::withTags).orElse(after);
      Map<String, String> kept = change.onlyThese() ? Map.of() : before.metadata();
      after = after.withMetadata(Names.metadata("metadata", kept, change.metadata()));
      after = change.condition().map(after::withCondition).orElse(after);
      if (after.equals(before)) {
        return before;
      }
      Instant now = clock.instant();
      Device changed = after.changedAt(now);
      if (!Access.sees(caller, DeviceFields.subject(changed, now), now)) {
        throw new Fault(
            FaultCode.PERMISSION_DENIED, "the change would move the device out of your scope");
      }
      store.update(changed);
      audit.record(
          caller,
          "device.update",
          id.value(),
          Map.of(
              "name",
              changed.name(),
              "tags",
              String.join(",", changed.tags()),
              "condition",
              changed.condition().word()));
      events.emit(Event.DEVICE_UPDATED, Optional.of(id), Map.of("name", changed.name()));
      return changed;
    });
  }

  private static void requireVersion(Device device, DeviceChange change) {
    if (change.onlyIf().filter(versions -> !versions.contains(device.version())).isPresent()) {
      throw Fault.failedPrecondition(
          "device %s was changed meanwhile; look at it again".formatted(device.id()),
          "version_mismatch");
    }
  }

  /// Removes a device: its credential is dead from the commit on, its link is cut and its work is
  /// cancelled. What it did stays on record.
  public void delete(Caller caller, DeviceId id) {
    delete(caller, id, Map.of());
  }

  /// As [#delete], with its commands, their output and its transfers. The audit log and recordings
  /// of terminals stay: they tell what people did.
  public void deleteWithHistory(Caller caller, DeviceId id) {
    delete(caller, id, Map.of(Event.HISTORY, "deleted"));
  }

  /// Has it asked whether something depends on a device that is to go only if nothing does.
  ///
  /// @param objection throws when something does
  public void object(Consumer<DeviceId> objection) {
    objections.add(objection);
  }

  /// As [#delete], but of a device that is offline and at nothing that would be broken off only.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `device_online` or `device_in_deployment`
  public void deleteOffline(Caller caller, DeviceId id) {
    Access.require(caller, Permission.DEVICE_DELETE);
    transactions.write(() -> {
      Presence.State presence = Presence.of(get(caller, id), clock.instant()).state();
      if (presence != Presence.State.OFFLINE) {
        throw Fault.failedPrecondition(
            "device %s is %s (expected: offline, or force)"
                .formatted(id, presence.name().toLowerCase(Locale.ROOT)),
            "device_online");
      }
      objections.forEach(objection -> objection.accept(id));
      delete(caller, id, Map.of());
      return id;
    });
  }

  private void delete(Caller caller, DeviceId id, Map<String, String> extent) {
    Access.require(caller, Permission.DEVICE_DELETE);
    transactions.write(() -> {
      Device device = get(caller, id);
      Map<String, String> told = new HashMap<>(extent);
      told.put("name", device.name());
      // The event first: those who react to it still find the device.
      events.emit(Event.DEVICE_DELETED, Optional.of(id), told);
      credentials.revokeAllOf(Token.Kind.DEVICE, id.value());
      store.delete(id);
      audit.record(caller, "device.delete", id.value(), told);
      return device;
    });
  }
}
