package muster.simulator;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Optional;
import muster.agent.net.CaPin;
import muster.agent.net.Clients;

/// Where the server is and whom to trust there.
///
/// @param base `http://…` or `https://…`, without a path
/// @param pin of the server's CA; absent = the JDK's authorities
public record Endpoint(URI base, Optional<CaPin> pin) {
  private static final int ADDRESSES_A_BYTE = 254;
  private static final int FIRST_BYTE = 64;

  public Endpoint {
    String scheme = base.getScheme();
    if (base.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
      throw new IllegalArgumentException(
          "server: \"%s\" (expected: http://HOST:PORT or https://HOST:PORT)".formatted(base));
    }
  }

  boolean isTls() {
    return "https".equals(base.getScheme());
  }

  int port() {
    return base.getPort() > 0 ? base.getPort() : isTls() ? 443 : 80;
  }

  InetAddress address() {
    try {
      return InetAddress.getByName(base.getHost());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("server: unknown host " + base.getHost(), e);
    }
  }

  HttpClient client() {
    return Clients.create(pin, Duration.ofSeconds(10));
  }

  /// Where a device connects from. On a loopback server each device has an address of its own out
  /// of 127.64.0.0/10, as machines of a real fleet have: one address has no more than 28,000 ports,
  /// and the server bounds what a single address may do. Elsewhere the system chooses.
  Optional<InetSocketAddress> source(InetAddress server, int device) {
    byte[] bytes = server.getAddress();
    if (bytes.length != 4 || bytes[0] != 127) {
      return Optional.empty();
    }
    int block = ADDRESSES_A_BYTE * ADDRESSES_A_BYTE;
    byte[] source = {
      127,
      (byte) (FIRST_BYTE + device / block % 64),
      (byte) (1 + device / ADDRESSES_A_BYTE % ADDRESSES_A_BYTE),
      (byte) (1 + device % ADDRESSES_A_BYTE)
    };
    try {
      return Optional.of(new InetSocketAddress(InetAddress.getByAddress(source), 0));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
