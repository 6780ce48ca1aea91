package muster.auth;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/// A range of IP addresses, `10.0.0.0/8` or a single one.
///
/// @param base its first address
/// @param prefix how many leading bits are the range's
public record AddressBlock(InetAddress base, int prefix) {
  /// What one customer of a provider is given at least (RFC 6177).
  private static final int IPV6_SITE = 64;

  /// @throws IllegalArgumentException when it is none, or a name
  public static AddressBlock parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
    int bits = address.getAddress().length * 8;
    int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(text);
    }
    return new AddressBlock(masked(address, prefix), prefix);
  }

  public boolean contains(InetAddress address) {
    return address.getAddress().length == base.getAddress().length
        && masked(address, prefix).equals(base);
  }

  /// Under what name an address is counted: itself, or for IPv6 its /64, in which one machine may
  /// take any address it likes.
  public static String site(InetAddress address) {
    return address instanceof Inet6Address
        ? masked(address, IPV6_SITE).getHostAddress() + "/" + IPV6_SITE
        : address.getHostAddress();
  }

  /// As [#site(InetAddress)]; what is no address stands for itself.
  public static String site(String address) {
    try {
      return site(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException e) {
      return address;
    }
  }

  private static InetAddress masked(InetAddress address, int prefix) {
    byte[] bytes = address.getAddress();
    int whole = prefix / 8;
    if (whole < bytes.length) {
      bytes[whole] &= (byte) (0xff00 >> (prefix % 8));
      Arrays.fill(bytes, whole + 1, bytes.length, (byte) 0);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
