package muster.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EndpointTest {
  private final Endpoint endpoint =
      new Endpoint(URI.create("http://127.0.0.1:1"), Optional.empty());

  @Test
  void everyDevice_hasALoopbackAddressOfItsOwn() {
    InetAddress server = endpoint.address();
    assertThat(
            IntStream.range(0, 100_000)
                .mapToObj(device -> endpoint.source(server, device).orElseThrow().getAddress()))
        .doesNotHaveDuplicates()
        .allMatch(InetAddress::isLoopbackAddress);
  }

  @Test
  void otherServers_areReachedFromWhereTheSystemChooses() throws Exception {
    InetAddress other = InetAddress.getByName("192.0.2.1");
    assertThat(endpoint.source(other, 5)).isEmpty();
  }

  @Test
  void address_mustBeHttp() {
    assertThatThrownBy(() -> new Endpoint(URI.create("ftp://x"), Optional.empty()))
        .hasMessageContaining("expected: http://HOST:PORT");
  }
}
