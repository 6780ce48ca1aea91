package muster.rollout;

import java.time.Instant;
import java.util.Optional;

/// How a deployment stands that goes on: all that is looked at to say what comes next.
///
/// @param batch that has its turn, from 1
/// @param batches how many there are
/// @param inBatch its devices
/// @param inAll all devices
/// @param lastEnd when the last device of the batch was through; absent while none is
/// @param since when the batch had its turn
/// @param began when the deployment did
/// @param alarm why the devices that have the new version are not well; absent when they are
public record Standing(
    int batch,
    int batches,
    Tally inBatch,
    Tally inAll,
    Optional<Instant> lastEnd,
    Instant since,
    Instant began,
    Optional<String> alarm) {
  boolean isLast() {
    return batch >= batches;
  }
}
