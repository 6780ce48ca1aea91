package muster.agent.policy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/// An address, or all that share its first bits: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`.
record Network(InetAddress base, int bits) {
  /// Empty for what is no address, such as a name.
  static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> base = literal(slash < 0 ? text : text.substring(0, slash));
    if (base.isEmpty()) {
      return Optional.empty();
    }
    int all = base.get().getAddress().length * 8;
    if (slash < 0) {
      return Optional.of(new Network(base.get(), all));
    }
    try {
      int bits = Integer.parseInt(text.substring(slash + 1));
      return bits < 0 || bits > all ? Optional.empty() : Optional.of(new Network(base.get(), bits));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// The address that a text spells; asks no name server.
  static Optional<InetAddress> literal(String text) {
    boolean v4 = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!v4 && !text.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  boolean contains(InetAddress address) {
    byte[] mine = base.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((mine[bit / 8] & mask) != (other[bit / 8] & mask)) {
        return false;
      }
    }
    return true;
  }
}
