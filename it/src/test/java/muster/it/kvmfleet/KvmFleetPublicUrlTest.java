package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import muster.http.TrustedProxies;
import muster.server.Config;
import muster.server.MusterServer;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The address the server gives to others comes from its configuration, never from a request
/// (F001).
class KvmFleetPublicUrlTest {
  private static TestMuster withPublicUrl(String url) {
    return TestMuster.start(config ->
        config.withServer(config.server().withAddress("", 0, Optional.of(URI.create(url)))));
  }

  @Test
  @Tag("F001")
  @Tag("F009")
  @Tag("F014")
  void answers_withPublicUrlSet_carryItAndNothingElse() {
    try (TestMuster muster = withPublicUrl("https://fleet.example:8443/")) {
      TestReply created = muster.admin().post("/v1/devices/enrollment", Map.of()).expect(200);
      assertThat(created.text("install_cmd"))
          .matches(
              "curl -sSLk --pinnedpubkey 'sha256//[A-Za-z0-9+/]{43}='"
                  + " https://fleet\\.example:8443/install \\| sh -s -- --token "
                  + created.text("token"));
      TestReply registered = Fleet.register(muster, created.text("token"), "hw-1").expect(200);
      assertThat(registered.text("ws_url")).isEqualTo("wss://fleet.example:8443/v1/agent/ws");
      assertThat(registered.text("device_ws_url")).isEqualTo("wss://fleet.example:8443/device/ws");
      assertThat(muster.anonymous().get("/install").expect(200).body())
          .contains("base_url='https://fleet.example:8443'");
    }
  }

  @Test
  @Tag("F001")
  void answers_forgedHostHeaders_areNotBelieved() throws IOException {
    try (TestMuster muster = TestMuster.start()) {
      for (String path : new String[] {"/install", "/v1/devices/enrollment"}) {
        String method = path.equals("/install") ? "GET" : "POST";
        String answer =
            raw(
                muster.port(),
                """
                %s %s HTTP/1.1\r
                Host: evil.example\r
                X-Forwarded-Host: evil.example\r
                X-Forwarded-Proto: https\r
                Forwarded: host=evil.example;proto=https\r
                Authorization: Bearer %s\r
                Content-Length: 0\r
                Connection: close\r
                \r
                """
                    .formatted(method, path, muster.adminKey()));
        assertThat(answer).startsWith("HTTP/1.1 200").contains("http://127.0.0.1:" + muster.port());
        assertThat(answer).doesNotContain("evil");
      }
    }
  }

  private static String raw(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// Seen from another host: this machine's own address that is not loopback.
  @Test
  @Tag("F001")
  void answers_withoutPublicUrlToAnotherHost_are503AndUseNothingUp(@TempDir Path data)
      throws Exception {
    Optional<InetAddress> address = otherAddress();
    Assumptions.assumeTrue(
        address.isPresent(), "NOT TESTED: this machine has no address but loopback");
    Config defaults = Config.defaults().withData(data);
    Config config =
        defaults.withServer(
            new Config.Server(
                "0.0.0.0", 0, Optional.empty(), false, true, 1000, 0, 1, TrustedProxies.none()));
    try (MusterServer server =
        MusterServer.start(config, InstantSource.system(), Optional.empty())) {
      String key = server.firstKey().orElseThrow().token().text();
      String here = "http://127.0.0.1:" + server.port();
      String there = "http://%s:%d".formatted(address.get().getHostAddress(), server.port());
      assertThat(call("GET", there + "/v1/devices", key, "").statusCode()).isEqualTo(200);
      HttpResponse<String> refused = call("POST", there + "/v1/devices/enrollment", key, "");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.body()).contains("server.public_url is not set", "unavailable");
      assertThat(call("GET", there + "/install", key, "").statusCode()).isEqualTo(503);
      HttpResponse<String> created = call("POST", here + "/v1/devices/enrollment", key, "");
      assertThat(created.statusCode()).isEqualTo(200);
      String token = created.body().replaceAll(".*\"token\":\"([^\"]+)\".*", "$1");
      // A refused registration must not use the token up.
      assertThat(register(there, token, "hw-there").statusCode()).isEqualTo(503);
      assertThat(register(here, token, "hw-here").statusCode()).isEqualTo(200);
    }
  }

  private static HttpResponse<String> register(String base, String token, String hardwareId)
      throws Exception {
    return call(
        "POST",
        base + "/v1/agent/register",
        "none",
        "{\"enrollment_token\":\"%s\",\"hardware_id\":\"%s\"}".formatted(token, hardwareId));
  }

  private static HttpResponse<String> call(String method, String url, String key, String body)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  private static Optional<InetAddress> otherAddress() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
  }
}
