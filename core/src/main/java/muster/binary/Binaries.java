package muster.binary;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import muster.account.Credentials;
import muster.account.Recheck;
import muster.auth.Access;
import muster.auth.Caller;
import muster.auth.Permission;
import muster.blob.Content;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.BinaryId;
import muster.id.DeviceId;
import muster.page.Cursor;
import muster.page.CursorCodec;
import muster.page.Page;
import muster.page.PageRequest;

/// Binaries for people and programs, and for the devices they are for. Who is fenced in by a scope
/// sees them all, for they are about no device, and makes and deletes none, for they may go to any.
public final class Binaries {
  private final Shelf shelf;
  private final BinaryStore store;
  private final Assignments assignments;
  private final Credentials credentials;
  private final CursorCodec cursors;

  /// One part of the list, and the token of the next; empty when this is the last.
  public record Listing(Page<Binary> page, Optional<String> next) {}

  public Binaries(
      Shelf shelf, Assignments assignments, Credentials credentials, CursorCodec cursors) {
    this.shelf = shelf;
    this.store = shelf.binaries();
    this.assignments = assignments;
    this.credentials = credentials;
    this.cursors = cursors;
  }

  /// Newest first, `size` of them at most, from where `token` says.
  ///
  /// @param name the whole of it; absent = any
  /// @throws Fault INVALID_ARGUMENT for a token of another list, a forged or an old one
  public Listing list(Caller caller, Optional<String> name, int size, Optional<String> token) {
    Access.require(caller, Permission.UPDATE_VIEW);
    String query = "binaries\n" + name.orElse("");
    Optional<Cursor> after = token.map(text -> cursors.require("cursor", text, query));
    Page<Binary> page = store.list(name, new PageRequest(size, after));
    return new Listing(page, page.next().map(cursor -> cursors.encode(cursor, query)));
  }

  /// @throws Fault NOT_FOUND for a device also when it is not for that device
  public Binary get(Caller caller, BinaryId id) {
    Access.require(caller, Permission.UPDATE_VIEW);
    return store
        .find(id)
        .filter(binary ->
            caller.kind() != Caller.Kind.DEVICE
                || assignments.includes(new DeviceId(caller.id()), binary))
        .orElseThrow(() -> Fault.notFound("binary", id.value()));
  }

  /// Whether its content is here; it is not after a restore from a backup, which has no contents,
  /// until the same is uploaded again.
  public boolean isWhole(Binary binary) {
    return shelf.blobs().isSealed(binary.blob());
  }

  /// One that can be fetched.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `no_content`
  public Binary open(Caller caller, BinaryId id) {
    Binary binary = get(caller, id);
    if (!isWhole(binary)) {
      throw Fault.failedPrecondition(
          "the content of %s is not here: upload %s again".formatted(id, binary.label()),
          "no_content");
    }
    return binary;
  }

  /// Writes `count` bytes of its content from `from` on, in pieces of `piece` bytes. What the sink
  /// throws ends it, and so does, within 5 s, the loss of the right to fetch it.
  public void write(
      Caller caller, Binary binary, long from, long count, int piece, Content.Sink sink) {
    Recheck recheck = new Recheck(credentials, caller, present -> get(present, binary.id()));
    try (InputStream content = shelf.blobs().open(binary.blob(), from)) {
      Content.copy(content, count, piece, sink, bytes -> recheck.now());
    } catch (IOException e) {
      throw new UncheckedIOException("content of " + binary.id(), e);
    }
  }

  /// Begins to take a file whose pieces come one by one.
  ///
  /// @throws Fault ALREADY_EXISTS when it is clear by now that the label's content is another;
  ///   RESOURCE_EXHAUSTED with reason `spool_full`
  public Incoming receive(Caller caller, Label label, Announced announced) {
    Shelf.requireMayCreate(caller);
    shelf.requireFits(label, announced);
    return new Incoming(shelf, credentials, caller, label, announced);
  }

  /// As [#receive], of a file that is read here. A body that breaks off leaves nothing.
  public Binary upload(Caller caller, Label label, Announced announced, InputStream body) {
    try (Incoming incoming = receive(caller, label, announced)) {
      byte[] buffer = new byte[64 * 1024];
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        incoming.write(buffer, 0, count);
      }
      return incoming.end();
    } catch (IOException e) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "body: not received completely");
    }
  }

  /// Its content goes with the last binary that has it.
  ///
  /// @throws Fault FAILED_PRECONDITION with reason `binary_in_use`
  public Binary delete(Caller caller, BinaryId id) {
    Shelf.requireMayCreate(caller);
    return shelf.remove(caller, id, assignments::requireUnused);
  }
}
