package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import muster.http.TrustedProxies;
import muster.server.Config;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Whose address a request counts for, behind proxies and with headers that lie.
class ForwardedTest {
  private static TestMuster behind(String proxies) {
    return TestMuster.start(config -> {
      Config.Server server = config.server();
      return config.withServer(
          new Config.Server(
              server.bind(),
              server.port(),
              server.publicUrl(),
              server.publicCertificate(),
              server.plaintext(),
              server.maxConnections(),
              server.handshakesPerSecond(),
              server.shutdownSeconds(),
              TrustedProxies.parse(proxies)));
    });
  }

  /// The address on record for a failed log-in with these headers.
  private static String recorded(TestMuster muster, String name, Map<String, String> headers) {
    muster
        .anonymous()
        .send(
            "POST",
            "/api/login",
            Optional.of("{\"username\":\"%s\",\"password\":\"wrong\"}".formatted(name)),
            headers)
        .expect(401);
    TestClient admin = muster.admin();
    return admin.get("/v1/audit?action=login&target=" + name).text("/entries/0/address");
  }

  @Test
  @DisplayName("what a proxy of ours forwards counts, what the client wrote before it does not")
  void trustedProxy_isBelievedForTheLastAddress() {
    try (TestMuster muster = behind("127.0.0.1, 10.0.0.0/8")) {
      assertThat(recorded(muster, "a", Map.of("X-Forwarded-For", "203.0.113.5")))
          .isEqualTo("203.0.113.5");
      assertThat(recorded(muster, "b", Map.of("X-Forwarded-For", "127.0.0.1, 203.0.113.6")))
          .isEqualTo("203.0.113.6");
      assertThat(recorded(muster, "c", Map.of("X-Forwarded-For", "1.1.1.1, 203.0.113.7, 10.1.2.3")))
          .isEqualTo("203.0.113.7");
      assertThat(recorded(muster, "d", Map.of())).isEqualTo("127.0.0.1");
      assertThat(recorded(muster, "e", Map.of("X-Forwarded-For", "nonsense, $(id)")))
          .isEqualTo("127.0.0.1");
      assertThat(
              recorded(muster, "f", Map.of("Forwarded", "for=203.0.113.8", "X-Real-IP", "1.1.1.1")))
          .isEqualTo("127.0.0.1");
      assertThat(recorded(muster, "g", Map.of("X-Forwarded-For", "2001:db8::7")))
          .isEqualTo("2001:db8:0:0:0:0:0:7");
    }
  }

  @Test
  @DisplayName("who comes through a proxy is not on this machine")
  void forwardedCaller_isNotLocal() {
    try (TestMuster muster = behind("127.0.0.1")) {
      Map<String, String> forwarded = Map.of("X-Forwarded-For", "203.0.113.5");
      muster
          .admin()
          .send("POST", "/v1/devices/enrollment", Optional.of("{}"), forwarded)
          .expect(503);
      muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200);
    }
  }

  @Test
  @DisplayName("from anybody else the header is not believed")
  void stranger_isNotBelieved() {
    try (TestMuster muster = behind("10.0.0.0/8")) {
      assertThat(recorded(muster, "a", Map.of("X-Forwarded-For", "203.0.113.5")))
          .isEqualTo("127.0.0.1");
    }
  }
}
