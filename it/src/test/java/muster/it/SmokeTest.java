package muster.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SmokeTest {
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
  void execute_onlineDevice_completes() {
    try (FakeDevice device = muster.enroll("web-1").connect()) {
      String id =
          muster
              .admin()
              .post(
                  "/v1/devices/" + device.id() + "/commands",
                  Map.of("tool", "bash", "args", Map.of("argv", List.of("true"))))
              .expect(201)
              .text("id");
      device.complete("hello\n");
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(muster.admin().get("/v1/commands/" + id).text("status"))
                  .isEqualTo("completed"));
    }
  }
}
