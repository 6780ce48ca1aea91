package muster.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

class ConnectionsPerAddressTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ConnectionsPerAddress connections =
      new ConnectionsPerAddress(2, TrustedProxies.parse("192.0.2.99"), meters);

  private EmbeddedChannel from(String address) {
    EmbeddedChannel channel =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress(address, 40_000);
          }
        };
    connections.admit(channel);
    channel.runPendingTasks();
    return channel;
  }

  @Test
  void admit_oneTooMany_isClosedUntilAnotherLeaves() {
    EmbeddedChannel first = from("192.0.2.7");
    EmbeddedChannel second = from("192.0.2.7");
    assertThat(from("192.0.2.7").isOpen()).isFalse();
    assertThat(from("192.0.2.8").isOpen()).isTrue();
    assertThat(first.isOpen() && second.isOpen()).isTrue();
    first.close();
    assertThat(from("192.0.2.7").isOpen()).isTrue();
    assertThat(from("192.0.2.7").isOpen()).isFalse();
    assertThat(meters.counter("muster.connections.refused", "reason", "address").count())
        .isEqualTo(2);
  }

  @Test
  void admit_ofIpv6_countsTheSite() {
    from("2001:db8::1");
    from("2001:db8::2");
    assertThat(from("2001:db8::3").isOpen()).isFalse();
    assertThat(from("2001:db8:0:1::3").isOpen()).isTrue();
  }

  @Test
  void admit_fromThisMachineOrAProxy_isNotCounted() {
    for (int i = 0; i < 10; i++) {
      assertThat(from("127.0.0.1").isOpen()).isTrue();
      assertThat(from("192.0.2.99").isOpen()).isTrue();
    }
  }
}
