package muster.agent.host;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// Addresses as the kernel writes them below `/proc/net`.
final class HexAddress {
  private static final int WORD = 8;

  private HexAddress() {}

  /// 32-bit words in the machine's own order, as in `tcp` and `route`.
  static Optional<InetAddress> words(String hex) {
    return address(hex, ByteOrder.nativeOrder());
  }

  /// Byte after byte, as in `ipv6_route`.
  static Optional<InetAddress> bytes(String hex) {
    return address(hex, ByteOrder.BIG_ENDIAN);
  }

  private static Optional<InetAddress> address(String hex, ByteOrder order) {
    if (!hex.matches("[0-9A-Fa-f]{8}|[0-9A-Fa-f]{32}")) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(order);
    for (int i = 0; i < hex.length(); i += WORD) {
      bytes.putInt(Integer.parseUnsignedInt(hex.substring(i, i + WORD), 16));
    }
    try {
      return Optional.of(InetAddress.getByAddress(bytes.array()));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
