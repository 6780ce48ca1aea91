package muster.transfer;

import java.time.Duration;

/// How much of files there may be.
///
/// @param maxBytes of one file
/// @param unfinished how many of one device may wait or run
/// @param atOnce how many of one device run
/// @param kept how long a transfer may take, and how long what came from a device is kept
public record TransferLimits(long maxBytes, int unfinished, int atOnce, Duration kept) {
  private static final int UNFINISHED = 100;
  private static final int AT_ONCE = 2;

  public static TransferLimits of(long maxBytes, Duration kept) {
    return new TransferLimits(maxBytes, UNFINISHED, AT_ONCE, kept);
  }
}
