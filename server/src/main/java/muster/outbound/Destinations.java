package muster.outbound;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import muster.auth.AddressBlock;

/// Where the server may be sent by people: to public addresses, and to those that its owner allows.
/// Others (this machine, the network it is in, a cloud's metadata service) often trust whoever asks
/// from there.
///
/// @param allowed besides public ones; there, plain HTTP is allowed, too
public record Destinations(List<AddressBlock> allowed) {
  /// What is not public (IANA's special-purpose registries), and what leads to IPv4 by translation.
  private static final List<AddressBlock> SPECIAL =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.88.99.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/3",
              "::/96",
              "64:ff9b::/96",
              "64:ff9b:1::/48",
              "100::/64",
              "2001::/23",
              "2001:db8::/32",
              "2002::/16",
              "fc00::/7",
              "fe80::/10",
              "fec0::/10",
              "ff00::/8")
          .map(AddressBlock::parse)
          .toList();

  public Destinations {
    allowed = List.copyOf(allowed);
  }

  /// The addresses of a host that may be connected to, or why there are none.
  ///
  /// @param addresses empty when there are none
  /// @param isUnknown whether the name service has no answer, now
  /// @param problem with what was expected; empty when there are some
  public record Resolved(List<InetAddress> addresses, boolean isUnknown, Optional<String> problem) {
    private static Resolved no(String problem) {
      return new Resolved(List.of(), false, Optional.of(problem));
    }
  }

  /// Asks the name service, which may take seconds. What is connected to must be one of the answer,
  /// since a name may stand for another address a moment later.
  ///
  /// @param uri with a host
  public Resolved resolve(URI uri) {
    String host = uri.getHost().replaceAll("^\\[|]$", "");
    InetAddress[] all;
    try {
      all = InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      return new Resolved(List.of(), true, Optional.of(host + ": no address is known"));
    }
    boolean isSecure = "https".equalsIgnoreCase(uri.getScheme());
    List<InetAddress> open =
        Arrays.stream(all)
            .filter(address -> isAllowed(address) || isSecure && isPublic(address))
            .toList();
    if (!open.isEmpty()) {
      return new Resolved(open, false, Optional.empty());
    }
    return Resolved.no(
        Arrays.stream(all).anyMatch(Destinations::isPublic)
            ? "http:// (expected: https://, or an address of webhooks.allow)"
            : "%s is no public address (expected: one, or one of webhooks.allow)"
                .formatted(all[0].getHostAddress()));
  }

  private boolean isAllowed(InetAddress address) {
    return allowed.stream().anyMatch(block -> block.contains(address));
  }

  private static boolean isPublic(InetAddress address) {
    return SPECIAL.stream().noneMatch(block -> block.contains(address));
  }
}
