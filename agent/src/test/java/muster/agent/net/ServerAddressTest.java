package muster.agent.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerAddressTest {
  @Test
  void paths_areAppendedToTheBase() {
    ServerAddress address = ServerAddress.parse(" https://muster.example:18781/fleet// ");

    assertThat(address).hasToString("https://muster.example:18781/fleet");
    assertThat(address.http("/v1/agent/register"))
        .hasToString("https://muster.example:18781/fleet/v1/agent/register");
    assertThat(address.webSocket("/device/ws"))
        .hasToString("wss://muster.example:18781/fleet/device/ws");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "muster",
        "ftp://a",
        "http://",
        "http:///x",
        "https://u:p@a",
        "http://a?b",
        "http://a#b",
        "http://a b",
        "//a"
      })
  void noServer_refused(String text) {
    assertThatThrownBy(() -> ServerAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: http://HOST[:PORT]");
  }

  @ParameterizedTest
  @CsvSource({
    "https://muster.example,  true",
    "wss://10.0.0.1/x,        true",
    "http://localhost:1,      true",
    "http://127.0.0.53:1,     true",
    "ws://[::1]:1/x,          true",
    "http://10.0.0.1,         false",
    "ws://muster.example,     false",
    "http://127.0.0.1.evil.example, false",
    "http://localhost.evil.example, false",
  })
  void secrets_inClearOnlyToThisMachine(URI uri, boolean safe) {
    assertThat(ServerAddress.safe(uri)).isEqualTo(safe);
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:1,      ws://127.0.0.1:1/device/ws",
    "https://a.example,       wss://a.example/device/ws",
    "HTTPS://a.example/base,  wss://a.example/base/device/ws",
  })
  void webSocket_isOnTheServerTheOperatorNamed(String base, String socket) {
    assertThat(ServerAddress.parse(base).webSocket("/device/ws")).hasToString(socket);
  }
}
