package muster.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

class DeviceVersionTest {
  private static String version(Map<String, String> metadata) {
    return new Device(
            new DeviceId("dev_1"),
            "one",
            new TreeSet<>(),
            Approval.APPROVED,
            Condition.NORMAL,
            DeviceFacts.NONE,
            metadata,
            Optional.empty(),
            Instant.EPOCH,
            Instant.EPOCH,
            Decisions.NONE,
            DeviceState.NEVER_SEEN)
        .version();
  }

  @Test
  void otherMetadata_isAnotherVersion_evenIfItReadsAlike() {
    assertThat(version(Map.of("a", "1, b=2"))).isNotEqualTo(version(Map.of("a", "1", "b", "2")));
    assertThat(version(Map.of("a", "1"))).isEqualTo(version(Map.of("a", "1")));
  }
}
