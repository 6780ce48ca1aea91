package muster.agent.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/// Which hosts and ports may be talked to.
record Hosts(Rules rules) {
  /// What is about no port: a rule with a port says nothing of it.
  static final int ANY_PORT = 0;

  /// Where clouds tell a machine its secrets, beside the link-local one.
  private static final List<Network> METADATA =
      List.of("100.100.100.200", "192.0.0.192", "fd00:ec2::254").stream()
          .map(text -> Network.parse(text).orElseThrow())
          .toList();

  /// What can be said before a name server was asked.
  ///
  /// @throws DeniedException naming the rule
  void requireName(String host, int port) {
    String name = plain(host);
    Optional<InetAddress> literal = Network.literal(name);
    if (literal.isPresent()) {
      requireUsual(host, literal.get(), port);
      return;
    }
    boolean mayBeNetwork =
        rules.allow().stream()
            .flatMap(List::stream)
            .anyMatch(rule -> HostRule.parse(rule).network().isPresent());
    rules.require(
        what(host, port),
        rule -> mayBeNetwork || HostRule.parse(rule).hitsName(name, port),
        rule -> HostRule.parse(rule).hitsName(name, port));
  }

  /// What can be said of the very address that is about to be connected to.
  ///
  /// @throws DeniedException naming the rule
  void requireAddress(String host, InetAddress address, int port) {
    String name = plain(host);
    Predicate<String> hits =
        text -> {
          HostRule rule = HostRule.parse(text);
          return rule.hitsName(name, port) || rule.hitsAddress(address, port);
        };
    rules.require(what(host, port), hits);
  }

  /// As [#requireAddress], and the machine's own and its neighbours' addresses, which trust whoever
  /// asks from here, only where a rule of `allow` names the address, a network that holds it, or
  /// `localhost`.
  void requireUsual(String host, InetAddress address, int port) {
    requireAddress(host, address, port);
    if (isSpecial(address) && !isNamed(plain(host), address, port)) {
      throw new DeniedException(
          what(host, port)
              + ": "
              + address.getHostAddress()
              + " is this machine or its link, and not named in "
              + rules.section()
              + ".allow");
    }
  }

  /// As [#requireAddress]; without any rule of `allow` only what belongs to the machine itself.
  void requireOwn(String host, InetAddress address, int port) {
    requireAddress(host, address, port);
    if (rules.allow().isEmpty() && !address.isLoopbackAddress()) {
      throw new DeniedException(
          what(host, port)
              + ": not this machine's own address, and there is no "
              + rules.section()
              + ".allow");
    }
  }

  private boolean isNamed(String name, InetAddress address, int port) {
    return rules.allow().stream()
        .flatMap(List::stream)
        .map(HostRule::parse)
        .anyMatch(rule ->
            rule.hitsAddress(address, port)
                || rule.name().equals("localhost") && rule.hitsName(name, port));
  }

  private static boolean isSpecial(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || METADATA.stream().anyMatch(network -> network.contains(address));
  }

  private static String plain(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      return name.substring(1, name.length() - 1);
    }
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static String what(String host, int port) {
    return port == ANY_PORT ? host : host + ":" + port;
  }
}
