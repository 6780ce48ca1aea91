package muster.update;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.audit.Audit;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.binary.Binary;
import muster.binary.BinaryStore;
import muster.binary.Signature;
import muster.blob.Checksum;
import muster.event.Event;
import muster.event.Events;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BinaryId;
import muster.id.UpdateId;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;
import muster.tx.Transactions;

/// Updates for people and programs: publish, look up, deprecate. Who is fenced in by a scope sees
/// them all, for they are about no device, and publishes none, for they may go to any.
public final class Updates {
  private final Transactions transactions;
  private final UpdateStore store;
  private final BinaryStore binaries;
  private final Events events;
  private final Audit audit;
  private final CursorCodec cursors;
  private final InstantSource clock;

  /// One part of the list, and the token of the next; empty when this is the last.
  public record Listing(Page<Update> page, Optional<String> next) {}

  public Updates(
      Transactions transactions,
      UpdateStore store,
      BinaryStore binaries,
      Events events,
      Audit audit,
      CursorCodec cursors,
      InstantSource clock) {
    this.transactions = transactions;
    this.store = store;
    this.binaries = binaries;
    this.events = events;
    this.audit = audit;
    this.cursors = cursors;
    this.clock = clock;
  }

  /// Publishes an update. What is known of the server's own binaries need not be said, and is
  /// refused when it is said wrongly.
  ///
  /// @throws Fault ALREADY_EXISTS when there is one of that name and version
  public Update create(Caller caller, Update.Content content) {
    Access.requireUnscoped(caller, Permission.UPDATE_CREATE);
    return transactions.write(() -> {
      store
          .find(content.name(), content.version())
          .ifPresent(before -> {
            throw new Fault(
                FaultCode.ALREADY_EXISTS,
                "%s %s is there already, as %s"
                    .formatted(content.name(), content.version(), before.id()),
                Map.of("update_id", before.id().value()));
          });
      Update update =
          new Update(
              UpdateId.random(),
              content.withArtifacts(known(content.artifacts())),
              Update.Status.READY,
              caller.principal(),
              clock.instant());
      store.insert(update);
      events.emit(
          Event.UPDATE_AVAILABLE,
          Optional.empty(),
          Map.of(
              "update_id",
              update.id().value(),
              "name",
              content.name(),
              "version",
              content.version()));
      audit.record(caller, "update.create", update.id().value(), facts(update));
      return update;
    });
  }

  private static Map<String, String> facts(Update update) {
    return Map.of("name", update.content().name(), "version", update.content().version());
  }

  private List<Artifact> known(List<Artifact> artifacts) {
    List<Artifact> known = new ArrayList<>();
    for (int i = 0; i < artifacts.size(); i++) {
      Artifact artifact = artifacts.get(i);
      String field = "artifacts[%d].".formatted(i);
      known.add(
          artifact
              .binary()
              .map(id -> completed(field, artifact, binary(field, id)))
              .orElseGet(() -> said(field, artifact)));
    }
    return known;
  }

  private static Artifact said(String field, Artifact artifact) {
    if (artifact.checksum().isEmpty()) {
      throw Fault.invalid(field + "checksum", "", "sha256: and 64 hexadecimal digits");
    }
    return artifact;
  }

  private Binary binary(String field, String id) {
    return BinaryId.of(id)
        .flatMap(binaries::find)
        .orElseThrow(() -> Fault.invalid(field + "binary_id", id, "a binary of this server"));
  }

  private static Artifact completed(String field, Artifact artifact, Binary binary) {
    Checksum checksum = binary.checksum();
    if (!artifact.checksum().isEmpty() && !artifact.checksum().equals(checksum.text())) {
      throw Fault.invalid(field + "checksum", artifact.checksum(), checksum.text());
    }
    if (artifact.size() != 0 && artifact.size() != binary.size()) {
      throw Fault.invalid(field + "size_bytes", artifact.size(), Long.toString(binary.size()));
    }
    return artifact.of(
        checksum,
        binary.size(),
        artifact.signature().or(() -> binary.label().signature().map(Signature::text)));
  }

  public Update get(Caller caller, UpdateId id) {
    Access.require(caller, Permission.UPDATE_VIEW);
    return store.find(id).orElseThrow(() -> Fault.notFound("update", id.value()));
  }

  /// Newest first, `size` of them at most, from where `token` says.
  ///
  /// @param name the whole of it; absent = any
  /// @throws Fault INVALID_ARGUMENT for a token of another list, a forged or an old one
  public Listing list(Caller caller, Optional<String> name, int size, Optional<String> token) {
    Access.require(caller, Permission.UPDATE_VIEW);
    String query = "updates\n" + name.orElse("");
    Optional<Cursor> after = token.map(text -> cursors.require("page_token", text, query));
    Page<Update> page = store.list(name, new PageRequest(size, after));
    return new Listing(page, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  /// It is not deployed any more; deployments that go on go on.
  public Update deprecate(Caller caller, UpdateId id) {
    Access.requireUnscoped(caller, Permission.UPDATE_CREATE);
    return transactions.write(() -> {
      Update update = get(caller, id);
      if (update.status() != Update.Status.DEPRECATED) {
        store.setStatus(id, Update.Status.DEPRECATED);
        audit.record(caller, "update.deprecate", id.value(), facts(update));
      }
      return update.withStatus(Update.Status.DEPRECATED);
    });
  }
}
