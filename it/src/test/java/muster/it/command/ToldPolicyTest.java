package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.device.Device;
import muster.device.DevicePolicy;
import muster.id.DeviceId;
import muster.link.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a device says of its policy while it is connected.
class ToldPolicyTest {
  private static final DevicePolicy RULES =
      new DevicePolicy(
          DevicePolicy.State.IN_FORCE,
          Optional.empty(),
          Map.of("tools", Map.of("deny", List.of("bash")), "limits", Map.of("running", 4L)));

  @TempDir Path directory;
  private CoreRig rig;
  private DeviceId id;

  @BeforeEach
  void open() {
    rig = new CoreRig(directory);
    id = rig.device("dev_told");
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private Session connect() {
    return rig.connect(id, new CoreRig.FakeLink()).session();
  }

  private Device device() {
    return rig.devices.get(rig.admin, id);
  }

  private Device told(Session session, DevicePolicy policy, String... capabilities) {
    rig.clock.advance(Duration.ofSeconds(1));
    rig.checkins.policy(session, policy, List.of(capabilities));
    return device();
  }

  @Test
  void policy_isKept_andToldAgainItIsNoChange() {
    Session session = connect();
    Device first = told(session, RULES, "read_file");
    assertThat(first.facts().policy()).contains(RULES);
    assertThat(first.facts().capabilities()).containsExactly("read_file");
    assertThat(told(session, RULES, "read_file").updatedAt()).isEqualTo(first.updatedAt());
    assertThat(told(session, RULES, "list_files").updatedAt()).isAfter(first.updatedAt());
  }

  @Test
  void policy_overALinkThatWasReplaced_isStale() {
    Session old = connect();
    Session newest = connect();
    told(newest, RULES, "read_file");
    Device after = told(old, DevicePolicy.NONE, "bash");
    assertThat(after.facts().policy()).contains(RULES);
    assertThat(after.facts().capabilities()).containsExactly("read_file");
  }
}
