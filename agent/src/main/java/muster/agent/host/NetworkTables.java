package muster.agent.host;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the kernel tells of the network below `/proc/net`, and which name servers it asks.
public final class NetworkTables {
  private static final long IPV6_UP = 0x1;
  private static final long IPV6_REJECT = 0x200;
  private static final long IPV6_LOCAL = 0x8000_0000L;
  private static final String UNKNOWN_MAC = "00:00:00:00:00:00";

  private final Path root;

  public NetworkTables(Path root) {
    this.root = root;
  }

  /// @param counters eight of what came in, then eight of what went out, as `/proc/net/dev` has
  ///   them
  public record Traffic(String name, List<Long> counters) {}

  /// @param gateway empty for a network that is reached directly
  public record Route(
      String destination, Optional<InetAddress> gateway, String interfaceName, long metric) {}

  public record Neighbour(String address, String mac, String interfaceName) {}

  public List<Traffic> traffic() {
    List<Traffic> found = new ArrayList<>();
    for (String line : lines("proc/net/dev")) {
      int colon = line.indexOf(':');
      String counters = line.substring(colon + 1).strip();
      if (colon > 0 && counters.matches("[0-9]+(\\s+[0-9]+){15,}")) {
        found.add(
            new Traffic(
                line.substring(0, colon).strip(),
                List.of(counters.split("\\s+")).stream().map(Long::valueOf).toList()));
      }
    }
    return found;
  }

  /// How many sockets of a kind are in use: `TCP`, `UDP`, `TCP6`, `UDP6`.
  public Map<String, Long> sockets() {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String file : List.of("proc/net/sockstat", "proc/net/sockstat6")) {
      for (String line : lines(file)) {
        String[] words = line.split("[: ]+");
        if (words.length > 2 && words[0].matches("(TCP|UDP)6?") && words[1].equals("inuse")) {
          counts.put(words[0], Long.parseLong(words[2]));
        }
      }
    }
    return counts;
  }

  public List<Route> routes() {
    List<Route> routes = new ArrayList<>();
    for (String line : lines("proc/net/route")) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 7 && words[1].matches("[0-9A-F]{8}")) {
        int bits = Integer.bitCount(Integer.parseUnsignedInt(words[7], 16));
        routes.add(
            route(
                HexAddress.words(words[1]),
                bits,
                HexAddress.words(words[2]),
                words[0],
                Long.parseLong(words[6])));
      }
    }
    for (String line : lines("proc/net/ipv6_route")) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 9 && isRoute(Long.parseLong(words[8], 16)) && !words[9].equals("lo")) {
        routes.add(
            route(
                HexAddress.bytes(words[0]),
                Integer.parseInt(words[1], 16),
                HexAddress.bytes(words[4]),
                words[9],
                Long.parseLong(words[5], 16)));
      }
    }
    return routes;
  }

  private static boolean isRoute(long flags) {
    return (flags & IPV6_UP) != 0 && (flags & (IPV6_LOCAL | IPV6_REJECT)) == 0;
  }

  private static Route route(
      Optional<InetAddress> to,
      int bits,
      Optional<InetAddress> gateway,
      String interfaceName,
      long metric) {
    return new Route(
        to.map(InetAddress::getHostAddress).orElse("") + "/" + bits,
        gateway.filter(address -> !address.isAnyLocalAddress()),
        interfaceName,
        metric);
  }

  /// The ARP table: IPv4 neighbours whose hardware address is known.
  public List<Neighbour> neighbours() {
    List<Neighbour> found = new ArrayList<>();
    for (String line : lines("proc/net/arp")) {
      String[] words = line.strip().split("\\s+");
      if (words.length == 6 && words[3].contains(":") && !words[3].equals(UNKNOWN_MAC)) {
        found.add(new Neighbour(words[0], words[3], words[5]));
      }
    }
    return found;
  }

  /// What stands behind a key of resolv.conf(5): `nameserver`, `search`.
  public List<String> resolver(String key) {
    List<String> found = new ArrayList<>();
    for (String line : lines("etc/resolv.conf")) {
      String[] words = line.strip().split("\\s+");
      if (words[0].equals(key)) {
        found.addAll(List.of(words).subList(1, words.length));
      }
    }
    return found;
  }

  private List<String> lines(String file) {
    return HostLines.of(root.resolve(file));
  }
}
