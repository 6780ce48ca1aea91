package muster.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeviceStateTest {
  private static final Instant T = Instant.parse("2026-04-15T14:30:00Z");
  private static final Health SAMPLE =
      new Health(
          T,
          Optional.of(12.5),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  private static Instant at(long seconds) {
    return T.plusSeconds(seconds);
  }

  private static Presence.State presence(DeviceState state, Instant now) {
    return Presence.of(state, now).state();
  }

  @Test
  void neverSeen_isOfflineWithoutSince() {
    Presence presence = Presence.of(DeviceState.NEVER_SEEN, T);
    assertThat(presence.state()).isEqualTo(Presence.State.OFFLINE);
    assertThat(presence.since()).isEmpty();
    assertThat(presence.reason()).isEqualTo("never connected");
    assertThat(DeviceState.NEVER_SEEN.leaseHasEnded(T)).isFalse();
  }

  @Test
  void connected_isHeldWithANewEpoch() {
    DeviceState state = DeviceState.NEVER_SEEN.connected("10.0.0.9", T);
    assertThat(state.isHeld()).isTrue();
    assertThat(state.epoch()).isEqualTo(1);
    assertThat(state.since()).contains(T);
    assertThat(state.lastSeen()).contains(T);
    assertThat(presence(state, at(1_000_000))).isEqualTo(Presence.State.ONLINE);
    assertThat(Presence.of(state, at(7)).reason())
        .isEqualTo("connected from 10.0.0.9, last heard of 7 s ago");
    assertThat(Presence.of(state, at(-7200)).reason())
        .as("the clock was set back")
        .isEqualTo("connected from 10.0.0.9, last heard of 0 s ago");
    assertThat(state.leaseHasEnded(at(1_000_000))).isFalse();
  }

  @Test
  void connected_whileOnline_keepsSince() {
    DeviceState first = DeviceState.NEVER_SEEN.connected("a", T);
    DeviceState second = first.connected("b", at(10));
    assertThat(second.epoch()).isEqualTo(2);
    assertThat(second.since()).contains(T);
    assertThat(second.address()).contains("b");
  }

  @Test
  void heard_withASample_keepsTheLatest() {
    DeviceState state = DeviceState.NEVER_SEEN.connected("a", T).heard(at(5), Optional.of(SAMPLE));
    DeviceState later = state.heard(at(6), Optional.empty());
    assertThat(later.health()).contains(SAMPLE);
    assertThat(later.lastSeen()).contains(at(6));
    assertThat(later.epoch()).isEqualTo(1);
    assertThat(later.isHeld()).isTrue();
  }

  @Test
  void disconnected_withoutAWord_isOnlineUntilTheLeaseEnds() {
    DeviceState state =
        DeviceState.NEVER_SEEN
            .connected("a", T)
            .heard(at(10), Optional.empty())
            .disconnected(LinkEnd.BROKEN, Duration.ofSeconds(2), at(12));
    assertThat(state.onlineUntil()).isEqualTo(at(55));
    assertThat(state.since()).contains(T);
    assertThat(presence(state, at(55).minusMillis(1))).isEqualTo(Presence.State.ONLINE);
    assertThat(presence(state, at(55))).isEqualTo(Presence.State.OFFLINE);
    assertThat(state.leaseHasEnded(at(55).minusMillis(1))).isFalse();
    assertThat(state.leaseHasEnded(at(55))).isTrue();
    DeviceState expired = state.expired();
    assertThat(Presence.of(expired, at(60)).since()).contains(at(55));
    assertThat(expired.leaseHasEnded(at(60))).as("said once").isFalse();
  }

  @Test
  void disconnected_withGoodbye_isOfflineAtOnce() {
    DeviceState state =
        DeviceState.NEVER_SEEN
            .connected("a", T)
            .disconnected(LinkEnd.GOODBYE, Duration.ofSeconds(3), at(3));
    assertThat(presence(state, at(3))).isEqualTo(Presence.State.OFFLINE);
    assertThat(Presence.of(state, at(3)).since()).contains(at(3));
    assertThat(state.leaseHasEnded(at(100))).as("said already").isFalse();
  }

  @Test
  void offline_staysOffline_whenTheClockIsSetBack() {
    DeviceState connected = DeviceState.NEVER_SEEN.connected("a", T);
    DeviceState left = connected.disconnected(LinkEnd.GOODBYE, Duration.ZERO, at(3));
    DeviceState expired = connected.disconnected(LinkEnd.BROKEN, Duration.ZERO, at(3)).expired();
    for (DeviceState state : List.of(left, expired)) {
      assertThat(presence(state, at(-7200))).isEqualTo(Presence.State.OFFLINE);
    }
  }

  @Test
  void disconnected_longAfterTheLastSign_isOfflineAtOnce() {
    DeviceState state =
        DeviceState.NEVER_SEEN
            .connected("a", T)
            .disconnected(LinkEnd.BROKEN, Duration.ofSeconds(46), at(46));
    assertThat(presence(state, at(46))).isEqualTo(Presence.State.OFFLINE);
    assertThat(state.leaseHasEnded(at(100))).isFalse();
  }

  @Test
  void uncertain_untilItsLeaseEnds_isUnknown() {
    DeviceState held = DeviceState.NEVER_SEEN.connected("a", T);
    DeviceState state =
        new DeviceState(
            held.epoch(),
            at(45),
            true,
            held.announced(),
            held.since(),
            held.lastSeen(),
            held.address(),
            Optional.of(LinkEnd.RESTART),
            Optional.empty());
    assertThat(presence(state, at(44))).isEqualTo(Presence.State.UNKNOWN);
    assertThat(presence(state, at(45))).isEqualTo(Presence.State.OFFLINE);
    assertThat(state.leaseHasEnded(at(45))).isTrue();
    assertThat(state.expired().uncertain()).isFalse();
    DeviceState back = state.connected("b", at(20));
    assertThat(back.uncertain()).isFalse();
    assertThat(presence(back, at(100))).isEqualTo(Presence.State.ONLINE);
  }
}
