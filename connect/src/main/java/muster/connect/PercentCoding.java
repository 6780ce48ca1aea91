package muster.connect;

import java.nio.charset.StandardCharsets;

/// `grpc-message`: UTF-8, where everything but printable ASCII is percent-encoded, and `%` itself
/// (gRPC over HTTP/2, "Status-Message").
final class PercentCoding {

  private PercentCoding() {}

  static String encode(String message) {
    var encoded = new StringBuilder();
    for (byte b : message.getBytes(StandardCharsets.UTF_8)) {
      if (b >= ' ' && b <= '~' && b != '%') {
        encoded.append((char) b);
      } else {
        encoded.append(String.format("%%%02X", b));
      }
    }
    return encoded.toString();
  }
}
