package muster.binary;

import java.util.Optional;
import muster.blob.Checksum;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// What the sender says of a content, as far as it says anything.
///
/// @param size in bytes, at least 1
/// @param checksum of the whole
public record Announced(Optional<Long> size, Optional<Checksum> checksum) {
  public Announced {
    size.filter(bytes -> bytes < 1)
        .ifPresent(bytes -> {
          throw Fault.invalid("size_bytes", bytes, "at least 1");
        });
  }

  /// Refuses what has come when it is something else.
  void require(long came, Checksum has) {
    if (came == 0) {
      throw new Fault(FaultCode.INVALID_ARGUMENT, "content: empty (expected: at least 1 byte)");
    }
    size.filter(said -> said != came)
        .ifPresent(said -> {
          throw wrongSize(said, Long.toString(came));
        });
    if (checksum.filter(said -> !said.equals(has)).isPresent()) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "checksum: %s (the content has %s)".formatted(checksum.get(), has));
    }
  }

  /// Refuses what is longer already.
  void requireAtMost(long came) {
    size.filter(said -> came > said)
        .ifPresent(said -> {
          throw wrongSize(said, "more");
        });
  }

  private static Fault wrongSize(long said, String has) {
    return new Fault(
        FaultCode.INVALID_ARGUMENT, "size_bytes: %d (the content has %s)".formatted(said, has));
  }
}
