package muster.it.snippbot;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.device.DeviceFields;
import muster.server.Config;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// A server that approves Linux machines of the lab by itself.
abstract class PairingStory {
  static TestMuster muster;

  @BeforeAll
  static void start() {
    muster =
        TestMuster.start(config ->
            config.withDevice(
                new Config.Device(
                    config.device().heartbeatSeconds(),
                    config.device().reconnectSeconds(),
                    Optional.of(DeviceFields.filter("platform:linux AND tag:lab")))));
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// Wrong codes are counted by the minute.
  @BeforeEach
  void settle() {
    muster.clock().advance(Duration.ofMinutes(6));
  }

  static String claimed(String hardware, String platform, String tag, Map<String, ?> code) {
    return Pairing.claim(
            muster,
            Map.of(
                "code",
                Pairing.create(muster, code).text("code"),
                "hardware_id",
                hardware,
                "platform",
                platform,
                "tags",
                List.of(tag)))
        .expect(200)
        .text("status");
  }

  /// Of the enrolment last recorded.
  static String auto() {
    return Pairing.audit(muster, "device.register").getFirst().path("detail").path("auto").asText();
  }
}
