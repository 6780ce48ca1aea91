package muster.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Under which names and addresses this machine can be reached.
final class Addresses {
  private Addresses() {}

  /// The address other machines most likely reach this one by: the first IPv4 address of an
  /// interface that is up and is neither the loopback nor point-to-point.
  static Optional<String> primary() {
    return interfaces().stream()
        .filter(address -> address instanceof Inet4Address && !address.isLinkLocalAddress())
        .map(InetAddress::getHostAddress)
        .findFirst();
  }

  /// What the server's certificate covers: loopback, host name, addresses, and `more`.
  static List<String> names(Optional<String> more) {
    List<String> names = new ArrayList<>(List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"));
    String host = hostName();
    if (host.matches("[A-Za-z0-9.-]+")) {
      names.add(host);
    }
    interfaces().stream()
        .filter(address -> address instanceof Inet4Address)
        .map(InetAddress::getHostAddress)
        .forEach(names::add);
    more.ifPresent(names::add);
    return names.stream().distinct().toList();
  }

  static String hostName() {
    try {
      Path file = Path.of("/proc/sys/kernel/hostname");
      return Files.isReadable(file)
          ? Files.readString(file).strip()
          : InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<InetAddress> interfaces() {
    try {
      List<InetAddress> addresses = new ArrayList<>();
      for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
        if (each.isUp() && !each.isLoopback() && !each.isPointToPoint()) {
          each.inetAddresses().forEach(addresses::add);
        }
      }
      return addresses;
    } catch (SocketException e) {
      return List.of();
    }
  }
}
