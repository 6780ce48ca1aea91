package muster.it.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class HealthTest {
  private static final Pattern METRIC =
      Pattern.compile("(#.*|[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*})? [-+0-9.eE]+|.* (NaN|[+-]Inf))");

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
  @DisplayName("F157: /healthz and /readyz are public and say that all is well")
  void healthAndReadiness_arePublic() {
    assertThat(muster.anonymous().get("/healthz").expect(200).json().toString())
        .isEqualTo("{\"status\":\"ok\"}");
    assertThat(muster.anonymous().get("/readyz").expect(200).text("status")).isEqualTo("ready");
    // A credential that is no good does not matter where none is asked for.
    muster.client("garbage").get("/healthz").expect(200);
    muster.anonymous().send("HEAD", "/healthz", Optional.empty(), Map.of()).expect(200);
  }

  @Test
  @DisplayName("F157: /metrics wants a credential, and is Prometheus' text with our meters")
  void metrics_arePrometheusText() {
    muster.anonymous().get("/metrics").expect(401);
    try (FakeDevice device = muster.enroll("metered").connect()) {
      assertThat(device.isOpen()).isTrue();
      TestReply reply = muster.withRole("viewer").get("/metrics").expect(200);
      assertThat(reply.header("content-type")).startsWith("text/plain").contains("0.0.4");
      assertThat(reply.body().lines()).allMatch(line -> METRIC.matcher(line).matches());
      assertThat(reply.body())
          .contains("# TYPE muster_http_requests_total counter")
          .containsPattern("muster_devices_connected 1(\\.0)?\n")
          .contains("route=\"/v1/agent/register\"")
          // The route's pattern and never the path, or every id would be a series of its own.
          .doesNotContain(device.id());
    }
  }
}
