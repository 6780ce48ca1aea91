package muster.it.fleetd;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the page says of credentials and faults.
class FleetdAccessTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  @Tag("F069")
  @DisplayName("F069: without a credential nothing but health and the schema is answered")
  void noCredential() {
    assertThat(Rpc.call(muster.anonymous(), "ListDevices", Map.of()).status()).isEqualTo(401);
    TestReply health =
        muster
            .anonymous()
            .send("POST", "/grpc.health.v1.Health/Check", Optional.of("{}"), Map.of())
            .expect(200);
    assertThat(health.text("status")).isEqualTo("SERVING");
  }

  @Test
  @Tag("F070")
  @DisplayName("F070: a JWT is a credential, with its maker's rights")
  void jwt() {
    TestClient viewer = muster.withRole("viewer");
    String jwt = viewer.post("/v1/jwt", Map.of("ttl_seconds", 60)).expect(201).text("token");
    assertThat(jwt.split("\\.")).hasSize(3);
    Rpc.call(muster.client(jwt), "ListDevices", Map.of()).expect(200);
    Rpc.call(muster.client(jwt), "DeleteDevice", Map.of("device_id", "x")).expect(403);
    Rpc.call(muster.client(jwt.substring(0, jwt.length() - 4) + "AAAA"), "ListDevices", Map.of())
        .expect(401);
  }

  @Test
  @Tag("F082")
  @DisplayName("F082: a mistake of the server tells its request and nothing else")
  void internal() throws SQLException {
    try (TestMuster broken = TestMuster.start()) {
      Rpc.call(broken.admin(), "RegisterDevice", Map.of("device_id", "a")).expect(200);
      try (Connection store =
              DriverManager.getConnection(
                  "jdbc:sqlite:" + broken.data().resolve("server/muster.db"));
          Statement statement = store.createStatement()) {
        statement.execute("alter table device_group rename to elsewhere");
      }
      TestReply reply = Rpc.call(broken.admin(), "GetDevice", Map.of("device_id", "a")).expect(500);
      assertThat(reply.text("code")).isEqualTo("INTERNAL");
      assertThat(reply.text("message")).isEqualTo("internal error");
      assertThat(reply.text("/details/request_id")).isEqualTo(reply.header("x-request-id"));
      assertThat(reply.body()).doesNotContainIgnoringCase("select", "device_group");
    }
  }

  @Test
  @Tag("F123")
  @DisplayName("F123: the bypass of limits is for administrators, and on record either way")
  void bypass() {
    for (TestClient caller : List.of(muster.admin(), muster.withRole("viewer"))) {
      caller
          .send(
              "POST",
              Rpc.path("ListDevices"),
              Optional.of("{}"),
              Map.of("X-Bypass-Rate-Limit", "true"))
          .expect(200);
    }
    List<String> outcomes = new ArrayList<>();
    muster
        .admin()
        .get("/v1/audit?action=ratelimit.bypass")
        .expect(200)
        .at("entries")
        .forEach(row -> outcomes.add(row.path("outcome").asText()));
    assertThat(outcomes).containsExactlyInAnyOrder("ok", "denied");
  }
}
