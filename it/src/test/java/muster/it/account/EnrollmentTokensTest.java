package muster.it.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EnrollmentTokensTest {
  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static TestReply register(String token, String hardwareId) {
    return muster
        .anonymous()
        .post("/v1/agent/register", Map.of("enrollment_token", token, "hardware_id", hardwareId));
  }

  @Test
  void rightId_withAnotherSecret_isUnknown() {
    String token = muster.enrollmentToken();
    String forged = token.substring(0, token.length() - 1) + (token.endsWith("0") ? "1" : "0");
    assertThat(register(forged, "forged").expect(401).body()).contains("unknown token");
    register(token, "real").expect(200);
    // A used token's answer is for whoever has all of it, too.
    register(forged, "real").expect(401);
  }

  @Test
  void otherKindsOfToken_areUnknown() {
    try (FakeDevice device = muster.enroll("web-1")) {
      register(device.token(), "device").expect(401);
    }
    register(muster.adminKey(), "key").expect(401);
  }

  @Test
  void tokenUsedAgain_whileItsDeviceIsOnline_isRefused() {
    String token = muster.enrollmentToken();
    TestReply first = register(token, "again").expect(200);
    try (FakeDevice device = FakeDevice.of(muster, first, "again").connect()) {
      register(token, "again").expect(409);
      assertThat(muster.admin().get("/v1/devices/" + device.id()).text("status"))
          .isEqualTo("online");
    }
  }
}
