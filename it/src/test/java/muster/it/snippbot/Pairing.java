package muster.it.snippbot;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.http.Limits;
import muster.http.TrustedProxies;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;

/// Short ways to make and claim pairing codes.
final class Pairing {
  static final String PATH = "/api/devices/pair";
  static final String CLAIM = PATH + "/claim";

  private Pairing() {}

  /// A new code of the administrator's.
  static TestReply create(TestMuster muster) {
    return create(muster, Map.of());
  }

  static TestReply create(TestMuster muster, Map<String, ?> body) {
    return muster.admin().post(PATH, body).expect(200);
  }

  static String code(TestMuster muster) {
    return create(muster).text("code");
  }

  /// A code that is none of those handed out.
  static String wrong(String... codes) {
    List<String> good = List.of(codes);
    return List.of("000000", "111111", "222222", "333333").stream()
        .filter(code -> !good.contains(code))
        .findFirst()
        .orElseThrow();
  }

  static TestReply claim(TestMuster muster, String code, String hardwareId) {
    return claim(muster, Map.of("code", code, "hardware_id", hardwareId));
  }

  static TestReply claim(TestMuster muster, Map<String, ?> body) {
    return muster.anonymous().post(CLAIM, body);
  }

  /// As from that address, by a proxy that is trusted.
  static TestReply claimFrom(TestMuster muster, String address, String code) {
    return muster
        .anonymous()
        .send(
            "POST",
            CLAIM,
            Optional.of("{\"code\":\"%s\",\"hardware_id\":\"hw-guess\"}".formatted(code)),
            Map.of("X-Forwarded-For", address));
  }

  /// The n-th of many addresses.
  static String address(int n) {
    return "203.0.%d.%d".formatted(n / 250, 1 + n % 250);
  }

  /// A server that believes what a proxy on this machine says about addresses.
  static TestMuster behindAProxy() {
    return TestMuster.start(config -> {
      Config.Server server = config.server();
      return config
          .withLimits(Limits.off())
          .withServer(
              new Config.Server(
                  server.bind(),
                  server.port(),
                  server.publicUrl(),
                  server.publicCertificate(),
                  server.plaintext(),
                  server.maxConnections(),
                  server.handshakesPerSecond(),
                  server.shutdownSeconds(),
                  TrustedProxies.parse("127.0.0.1")));
    });
  }

  static FakeDevice device(TestMuster muster, TestReply claimed, String hardwareId) {
    return FakeDevice.at(
        muster.url(), claimed.text("device_id"), claimed.text("token"), hardwareId);
  }

  static String approval(TestMuster muster, String device) {
    return muster.admin().get("/v1/devices/" + device).expect(200).text("approval");
  }

  /// What asks with that token to connect is answered with: 400 = let in, but this was no
  /// handshake.
  static TestReply connect(TestMuster muster, String token) {
    return muster.client(token).get("/device/ws");
  }

  /// @param step `approve`, `deny`, `block` or `revoke-token`
  static void decide(TestMuster muster, String device, String step) {
    muster.admin().post("/api/devices/" + device + "/" + step, Map.of()).expect(200);
  }

  private static Connection connection(TestMuster muster) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + muster.data().resolve("server/muster.db"));
  }

  /// The audit rows of that action, newest first.
  static List<JsonNode> audit(TestMuster muster, String action) {
    List<JsonNode> entries = new ArrayList<>();
    muster
        .admin()
        .get("/v1/audit?action=" + action)
        .expect(200)
        .at("/entries")
        .forEach(entries::add);
    return entries;
  }

  /// How many events of that type there are.
  static int events(TestMuster muster, String type) throws SQLException {
    try (Connection connection = connection(muster);
        PreparedStatement select =
            connection.prepareStatement("select count(*) from event where type = ?")) {
      select.setString(1, type);
      return select.executeQuery().getInt(1);
    }
  }

  /// All of an answer but what differs between any two.
  static Map<String, Object> shape(TestReply reply) {
    Map<String, Object> shape = new HashMap<>(reply.headers().map());
    shape.remove("x-request-id");
    shape.remove("date");
    shape.remove("content-length"); // request ids differ in length
    shape.put("status", reply.status());
    shape.put("body", reply.body().replace(reply.header("x-request-id"), "REQUEST"));
    return shape;
  }
}
