package muster.transfer;

import muster.blob.Checksum;

/// What can happen to a transfer.
public sealed interface TransferEvent {
  /// It is about to be given to the device's link.
  record Taken() implements TransferEvent {}

  /// The device can't go on with it now: its link is gone, or it is busy.
  record Returned() implements TransferEvent {}

  /// The device says how large the file is.
  record Sized(long size) implements TransferEvent {}

  /// All of it has arrived, and is what was sent.
  record Completed(long size, Checksum checksum) implements TransferEvent {}

  /// It will not come to a good end.
  record Failed(String why) implements TransferEvent {}

  /// Somebody with the right does not want it any more, or the requester has no right to it.
  record Cancelled(String why) implements TransferEvent {}

  /// Time has passed.
  record Clock() implements TransferEvent {}
}
