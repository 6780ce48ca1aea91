package muster.connect;

import com.linecorp.armeria.common.RequestHeaders;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/// How long a caller is willing to wait; absent means for ever.
final class Timeouts {

  private Timeouts() {}

  static Optional<Duration> of(Wire wire, RequestHeaders headers) {
    var name = wire.isGrpc() ? "grpc-timeout" : "connect-timeout-ms";
    return Optional.ofNullable(headers.get(name))
        .map(value -> wire.isGrpc() ? grpc(value) : connect(value));
  }

  /// 1 to 10 digits, milliseconds.
  static Duration connect(String value) {
    if (!digits(value, value.length(), 10)) {
      throw Faults.invalid(
          "connect-timeout-ms: " + Faults.quoted(value) + " (expected: 1 to 10 digits)");
    }
    return Duration.ofMillis(Long.parseLong(value));
  }

  /// 1 to 8 digits and a unit: H, M, S, m, u or n (gRPC over HTTP/2, "Timeout").
  static Duration grpc(String value) {
    int last = value.length() - 1;
    var unit =
        last < 1 || !digits(value, last, 8)
            ? null
            : switch (value.charAt(last)) {
              case 'H' -> ChronoUnit.HOURS;
              case 'M' -> ChronoUnit.MINUTES;
              case 'S' -> ChronoUnit.SECONDS;
              case 'm' -> ChronoUnit.MILLIS;
              case 'u' -> ChronoUnit.MICROS;
              case 'n' -> ChronoUnit.NANOS;
              default -> null;
            };
    if (unit == null) {
      throw Faults.invalid(
          "grpc-timeout: "
              + Faults.quoted(value)
              + " (expected: 1 to 8 digits and one of H, M, S, m, u, n)");
    }
    return Duration.of(Long.parseLong(value.substring(0, last)), unit);
  }

  private static boolean digits(String value, int length, int most) {
    return length >= 1
        && length <= most
        && value.chars().limit(length).allMatch(c -> c >= '0' && c <= '9');
  }
}
