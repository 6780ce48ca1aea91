package muster.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import muster.id.DeviceId;
import org.junit.jupiter.api.Test;

/// Each reason can be told from the others.
class PresenceTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");
  private static final DeviceState HELD = DeviceState.NEVER_SEEN.connected("10.0.0.9", T);

  private static String reason(DeviceState state, long second) {
    return Presence.of(state, T.plusSeconds(second)).reason();
  }

  private static DeviceState ended(LinkEnd why) {
    return HELD.disconnected(why, Duration.ofSeconds(10), T.plusSeconds(10));
  }

  private static DeviceState uncertain(LinkEnd why) {
    return new DeviceState(
        1,
        T.plusSeconds(60),
        true,
        true,
        Optional.of(T),
        Optional.of(T),
        Optional.of("10.0.0.9"),
        Optional.of(why),
        Optional.empty());
  }

  @Test
  void reason_saysWhyItIsOnline() {
    assertThat(reason(HELD, 3)).isEqualTo("connected from 10.0.0.9, last heard of 3 s ago");
    assertThat(reason(ended(LinkEnd.BROKEN), 12))
        .isEqualTo("the connection broke, last heard of 12 s ago; 33 s left to come back");
  }

  @Test
  void reason_saysWhyItIsUnknown() {
    assertThat(reason(uncertain(LinkEnd.RESTART), 20))
        .isEqualTo("was connected when the server restarted; 40 s left to return");
    assertThat(reason(uncertain(LinkEnd.BROKEN), 20))
        .isEqualTo("the connection broke before the server restarted; 40 s left to come back");
  }

  @Test
  void reason_saysWhyItIsOffline() {
    String last = "; last heard of 2026-04-15T14:30:00Z";
    assertThat(reason(DeviceState.NEVER_SEEN, 0)).isEqualTo("never connected");
    assertThat(reason(ended(LinkEnd.GOODBYE), 10)).isEqualTo("said goodbye" + last);
    assertThat(reason(ended(LinkEnd.SILENT), 10)).isEqualTo("nothing was heard for 45 s" + last);
    assertThat(reason(ended(LinkEnd.CUT), 10)).isEqualTo("its credential was revoked" + last);
    assertThat(reason(ended(LinkEnd.BROKEN), 45))
        .isEqualTo("the connection broke and it did not come back" + last);
    assertThat(reason(uncertain(LinkEnd.RESTART), 60))
        .isEqualTo("did not come back after the server restarted" + last);
  }

  @Test
  void reason_ofADeviceThatWasTurnedAway_saysSo() {
    Device blocked =
        new Device(
            new DeviceId("dev_1"),
            "one",
            new TreeSet<>(),
            Approval.BLOCKED,
            Condition.NORMAL,
            DeviceFacts.NONE,
            Map.of(),
            Optional.empty(),
            T,
            T,
            Decisions.NONE,
            ended(LinkEnd.CUT));
    Presence presence = Presence.of(blocked, T.plusSeconds(10));
    assertThat(presence.state()).isEqualTo(Presence.State.OFFLINE);
    assertThat(presence.since()).contains(T.plusSeconds(10));
    assertThat(presence.reason())
        .isEqualTo("the device is blocked; last heard of 2026-04-15T14:30:00Z");
    assertThat(
            List.of(Approval.APPROVED, Approval.PENDING).stream()
                .map(approval -> blocked.withApproval(approval, T))
                .map(device -> Presence.of(device, T.plusSeconds(10)).reason()))
        .containsExactly(
            "its credential was revoked; last heard of 2026-04-15T14:30:00Z",
            "the device is pending; last heard of 2026-04-15T14:30:00Z");
  }
}
