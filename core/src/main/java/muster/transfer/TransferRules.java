package muster.transfer;

import java.time.Instant;
import java.util.Optional;
import muster.transfer.TransferEvent.Cancelled;
import muster.transfer.TransferEvent.Clock;
import muster.transfer.TransferEvent.Completed;
import muster.transfer.TransferEvent.Failed;
import muster.transfer.TransferEvent.Returned;
import muster.transfer.TransferEvent.Sized;
import muster.transfer.TransferEvent.Taken;

/// What becomes of a transfer: `(transfer, event, now) → transfer`. No answer means that the event
/// is stale or repeated and changes nothing; a final state answers nothing.
public final class TransferRules {
  private TransferRules() {}

  public static Optional<Transfer> next(Transfer transfer, TransferEvent event, Instant now) {
    if (transfer.status().isFinal()) {
      return Optional.empty();
    }
    boolean running = transfer.status() == TransferStatus.RUNNING;
    boolean late = !now.isBefore(transfer.expiresAt());
    return switch (event) {
      case Taken taken ->
          running || late ? Optional.empty() : Optional.of(transfer.moved(TransferStatus.RUNNING));
      case Returned returned ->
          running ? Optional.of(transfer.moved(TransferStatus.QUEUED)) : Optional.empty();
      case Sized sized ->
          running && transfer.size().isEmpty()
              ? Optional.of(
                  transfer.with(
                      Optional.of(sized.size()), transfer.bytesDone(), transfer.checksum()))
              : Optional.empty();
      // Also of one that waits for a new connection: all of it has come all the same.
      case Completed completed ->
          Optional.of(
              transfer
                  .with(
                      Optional.of(completed.size()),
                      completed.size(),
                      Optional.of(completed.checksum()))
                  .ended(TransferStatus.COMPLETED, Optional.empty(), now));
      case Failed failed ->
          Optional.of(transfer.ended(TransferStatus.FAILED, Optional.of(failed.why()), now));
      case Cancelled cancelled ->
          Optional.of(transfer.ended(TransferStatus.CANCELLED, Optional.of(cancelled.why()), now));
      case Clock clock ->
          late
              ? Optional.of(
                  transfer.ended(
                      TransferStatus.FAILED,
                      Optional.of("not done by " + transfer.expiresAt()),
                      now))
              : Optional.empty();
    };
  }
}
