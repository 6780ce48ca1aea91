package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A machine that takes a new credential by a new proof (F015): another may show its hardware id.
class KvmFleetReenrolmentTest {
  private TestMuster muster;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private TestReply registerAgain(FakeDevice device) {
    return Fleet.register(muster, Fleet.token(muster, Map.of()), device.hardwareId());
  }

  @Test
  @Tag("F015")
  void machineThatIsEnrolledAnew_getsNoneOfTheWorkThatWaited() {
    FakeDevice device = muster.enroll("twice");
    String devicePath = "/v1/devices/" + device.id();
    String command =
        muster
            .admin()
            .post(
                devicePath + "/commands",
                Map.of("tool", "bash", "args", Map.of("command", "echo secret")))
            .expect(201)
            .text("id");
    String transfer =
        muster
            .admin()
            .post(devicePath + "/transfers", Map.of("direction", "download", "path", "/etc/motd"))
            .expect(201)
            .text("id");

    TestReply registered = registerAgain(device).expect(200);
    assertThat(registered.text("device_id")).isEqualTo(device.id());
    for (String path : new String[] {"/v1/commands/" + command, "/v1/transfers/" + transfer}) {
      TestReply shown = muster.admin().get(path).expect(200);
      assertThat(shown.text("status")).isEqualTo("cancelled");
      assertThat(shown.text("error")).isEqualTo("the device was enrolled anew");
    }
    FakeDevice anew = FakeDevice.of(muster, registered, device.hardwareId()).connect();
    assertThat(anew.pollExecute(Duration.ofMillis(300))).isEmpty();
    anew.close();
  }

  @Test
  @Tag("F015")
  void machineThatAsksAgainWithTheSameToken_keepsItsWork() {
    String token = Fleet.token(muster, Map.of());
    String device = Fleet.register(muster, token, "hw-again").expect(200).text("device_id");
    String command =
        muster
            .admin()
            .post(
                "/v1/devices/" + device + "/commands",
                Map.of("tool", "bash", "args", Map.of("command", "true")))
            .expect(201)
            .text("id");
    Fleet.register(muster, token, "hw-again").expect(200);
    assertThat(muster.admin().get("/v1/commands/" + command).text("status")).isEqualTo("queued");
  }

  @Test
  @Tag("F015")
  void machineThatMayBeOnline_asItWasWhenTheServerRestarted_isNotTakenOver() {
    FakeDevice device = muster.enroll("there").connect();
    muster.restart();
    TestReply refused = registerAgain(device).expect(409);
    assertThat(refused.body()).contains("is unknown as " + device.id());
    String code = muster.admin().post("/api/devices/pair", Map.of()).expect(200).text("code");
    muster
        .anonymous()
        .post("/api/devices/pair/claim", Map.of("code", code, "hardware_id", device.hardwareId()))
        .expect(409);
    muster.clock().advance(Duration.ofMinutes(10));
    assertThat(registerAgain(device).expect(200).text("device_id")).isEqualTo(device.id());
  }
}
