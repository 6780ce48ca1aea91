package muster.http;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.fault.Fault;
import muster.fault.FaultCode;

/// One range of bytes (RFC 9110, section 14).
///
/// @param from the first byte
/// @param count how many
public record ByteRange(long from, long count) {
  private static final Pattern ONE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  /// What a header `Range` asks for of so many bytes; empty when it is to be passed over, as one in
  /// another unit or with several ranges.
  ///
  /// @throws Fault INVALID_ARGUMENT with reason `range_not_satisfiable`
  public static Optional<ByteRange> of(String header, long size) {
    Matcher one = ONE.matcher(header.strip());
    if (!one.matches() || header.strip().equals("bytes=-")) {
      return Optional.empty();
    }
    String first = one.group(1);
    String last = one.group(2);
    if (first.isEmpty()) {
      long count = Math.min(Long.parseLong(last), size);
      return Optional.of(satisfiable(header, new ByteRange(size - count, count), size));
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? size - 1 : Math.min(Long.parseLong(last), size - 1);
    if (!last.isEmpty() && Long.parseLong(last) < from) {
      return Optional.empty();
    }
    return Optional.of(satisfiable(header, new ByteRange(from, to - from + 1), size));
  }

  private static ByteRange satisfiable(String header, ByteRange range, long size) {
    if (range.count <= 0 || range.from >= size) {
      throw new Fault(
          FaultCode.INVALID_ARGUMENT,
          "Range: %s (expected: within %d bytes)".formatted(header, size),
          Map.of(Fault.REASON, "range_not_satisfiable"));
    }
    return range;
  }

  /// As it stands in the header `Content-Range`.
  public String header(long size) {
    return "bytes %d-%d/%d".formatted(from, from + count - 1, size);
  }
}
