package muster.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.server.ProxiedAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import muster.auth.AddressBlock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks of addresses, and whose request it is behind proxies.
class AddressesTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.20.30.40/12, 10.31.255.255, true",
    "10.20.30.40/12, 10.32.0.0, false",
    "192.0.2.7, 192.0.2.7, true",
    "192.0.2.7, 192.0.2.6, false",
    "0.0.0.0/0, 203.0.113.1, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "192.0.2.0/24, ::ffff:192.0.2.9, true"
  })
  void contains(String block, String address, boolean expected) {
    assertThat(AddressBlock.parse(block).contains(InetAddress.ofLiteral(address)))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "10.0.0.0/33", "10.0.0.0/-1", "proxy.example.com", "10.0.0/x", "::/129"})
  void parse_ofWhatIsNone_isRefused(String text) {
    assertThatThrownBy(() -> AddressBlock.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, 192.0.2.8, false",
    "2001:db8:0:1::1, 2001:db8:0:1:ffff:ffff:ffff:ffff, true",
    "2001:db8:0:1::1, 2001:db8:0:2::1, false",
    "::ffff:192.0.2.7, 192.0.2.7, true"
  })
  void site_isAn64OfIpv6(String one, String other, boolean same) {
    assertThat(
            AddressBlock.site(InetAddress.ofLiteral(one))
                .equals(AddressBlock.site(InetAddress.ofLiteral(other))))
        .isEqualTo(same);
  }

  /// `X-Forwarded-For` as it came, then the peer.
  @ParameterizedTest
  @CsvSource({
    "203.0.113.5, 203.0.113.5",
    "203.0.113.5 10.0.0.1, 203.0.113.5",
    "1.1.1.1 203.0.113.5 10.0.0.1 10.0.0.2, 203.0.113.5",
    "10.0.0.9 203.0.113.5, 203.0.113.5",
    "10.0.0.1 10.0.0.2, 10.0.0.1"
  })
  void client_isTheLastThatIsNoProxy(String chain, String expected) {
    List<InetSocketAddress> addresses =
        Arrays.stream(chain.split(" "))
            .map(text -> new InetSocketAddress(InetAddress.ofLiteral(text), 0))
            .toList();
    ProxiedAddresses given =
        ProxiedAddresses.of(addresses.getFirst(), addresses.subList(1, addresses.size()));
    assertThat(TrustedProxies.parse("10.0.0.0/8").client(given).getAddress())
        .isEqualTo(InetAddress.ofLiteral(expected));
  }
}
