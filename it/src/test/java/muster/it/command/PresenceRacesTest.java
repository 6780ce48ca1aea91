package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import muster.auth.Token;
import muster.checkin.Identity;
import muster.checkin.Welcome;
import muster.device.LinkEnd;
import muster.device.Presence;
import muster.event.Event;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.DeviceId;
import muster.it.command.CoreRig.FakeLink;
import muster.link.Connection;
import muster.link.Link;
import muster.link.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Presence at its worst moments: dead credentials, restarts, clocks that jump, pauses.
@Tag("F021")
class PresenceRacesTest {
  private static final long SEED = Long.getLong("muster.seed", new Random().nextLong());

  @TempDir Path directory;
  private CoreRig rig;
  private DeviceId device;
  private final FakeLink link = new FakeLink();

  @BeforeEach
  void start() {
    rig = new CoreRig(directory);
    device = rig.device("dev_1");
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private Presence.State presence(DeviceId id) {
    return Presence.of(rig.state(id), rig.clock.instant()).state();
  }

  private List<Connection> history(DeviceId id) {
    return rig.connectionStore.find(id, Long.MAX_VALUE, 100);
  }

  private List<LinkEnd> ends(DeviceId id) {
    return history(id).stream()
        .flatMap(one -> one.end().stream())
        .map(Connection.End::why)
        .toList();
  }

  /// What was told of the device's presence, in order.
  private List<String> told(DeviceId id) {
    synchronized (rig.events) {
      return rig.events.stream()
          .filter(event -> event.device().filter(id::equals).isPresent())
          .map(Event::type)
          .filter(type -> type.equals(Event.DEVICE_ONLINE) || type.equals(Event.DEVICE_OFFLINE))
          .toList();
    }
  }

  private static List<String> alternating(int count) {
    return Stream.iterate(0, i -> i + 1)
        .limit(count)
        .map(i -> i % 2 == 0 ? Event.DEVICE_ONLINE : Event.DEVICE_OFFLINE)
        .toList();
  }

  private void requireRefused(Identity identity, FakeLink over) {
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> rig.checkins.hello(identity, over, "10.0.0.9", CoreRig.greeting()))
        .satisfies(fault -> assertThat(fault.code()).isEqualTo(FaultCode.UNAUTHENTICATED));
    assertThat(rig.links.count()).isZero();
    assertThat(presence(device)).isEqualTo(Presence.State.OFFLINE);
    assertThat(history(device)).isEmpty();
    assertThat(told(device)).isEmpty();
  }

  private static void storeFails() {
    throw new Fault(FaultCode.UNAVAILABLE, "the store can't write now");
  }

  /// It was online for ever, until the server was started again.
  @Test
  void closed_theStoreFailsForAMoment_isOfflineAllTheSame() {
    Welcome welcome = rig.connect(device, link);
    rig.beforeWrite(0, PresenceRacesTest::storeFails);
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> rig.checkins.closed(welcome.session(), true));
    rig.tick();
    assertThat(presence(device)).isEqualTo(Presence.State.OFFLINE);
    assertThat(told(device)).isEqualTo(alternating(2));
    assertThat(ends(device)).containsExactly(LinkEnd.GOODBYE);
  }

  @Test
  void leaseEnds_theStoreFailsForAMoment_isToldAllTheSame() {
    Welcome welcome = rig.connect(device, link);
    rig.checkins.closed(welcome.session(), false);
    rig.clock.advance(Duration.ofSeconds(46));
    rig.beforeWrite(0, PresenceRacesTest::storeFails);
    assertThatExceptionOfType(Fault.class).isThrownBy(rig::tick);
    rig.tick();
    assertThat(told(device)).isEqualTo(alternating(2));
  }

  @Test
  void hello_credentialReplacedAfterTheUpgrade_isRefused() {
    Identity old = rig.identity(device);
    Identity renewed = rig.authenticate(device);
    requireRefused(old, link);
    assertThat(rig.checkins.hello(renewed, link, "10.0.0.9", CoreRig.greeting()).session().isOpen())
        .isTrue();
  }

  /// Before the facts are stored, and at the last moment: before the session is registered.
  @Test
  void hello_credentialReplacedInTheMiddleOfTheGreeting_isRefused() {
    for (int write : List.of(0, 1)) {
      Identity old = rig.authenticate(device);
      rig.beforeWrite(write, () -> rig.newCredential(device));
      requireRefused(old, link);
    }
  }

  @Test
  void hello_credentialRevokedInTheMiddleOfTheGreeting_isRefused() {
    Identity old = rig.identity(device);
    rig.beforeWrite(1, () -> rig.credentials.revokeAllOf(Token.Kind.DEVICE, device.value()));
    requireRefused(old, link);
  }

  @Test
  void online_leaseThatEndedBeforeTheTick_isToldAfterOffline() {
    rig.checkins.closed(rig.connect(device, link).session(), false);
    rig.clock.advance(Duration.ofSeconds(45));
    assertThat(presence(device)).isEqualTo(Presence.State.OFFLINE);
    rig.connect(device, new FakeLink());
    assertThat(told(device)).isEqualTo(alternating(3));
    rig.tick();
    assertThat(told(device)).isEqualTo(alternating(3));
  }

  /// Connects, breaks, goodbyes, silence, restarts, pauses and clocks that are set, at random.
  @Test
  void events_overASeededHistory_alternateForEachDevice() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<DeviceId> fleet = new ArrayList<>(List.of(device));
    for (int i = 2; i <= 4; i++) {
      fleet.add(rig.device("dev_" + i));
    }
    Map<DeviceId, Session> open = new HashMap<>();
    for (int step = 0; step < 2_000; step++) {
      DeviceId one = fleet.get(random.nextInt(fleet.size()));
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> open.put(one, rig.connect(one, new FakeLink()).session());
        case 3, 9 -> closed(open.remove(one), false);
        case 4 -> closed(open.remove(one), true);
        case 5, 10 -> rig.clock.advance(Duration.ofMillis(random.nextInt(90_000)));
        case 6 -> rig.advance(Duration.ofSeconds(random.nextInt(60)));
        case 7 -> rig.clock.jump(Duration.ofSeconds(random.nextInt(-7_200, 7_200)));
        case 8 -> rig.tick();
        default -> {
          if (random.nextInt(4) == 0) {
            open.clear();
            rig.restart();
          } else {
            rig.links.moveLeases(Duration.ofSeconds(random.nextInt(20)));
          }
        }
      }
      for (DeviceId id : fleet) {
        List<String> told = told(id);
        assertThat(told)
            .as("seed %d, step %d: %s", SEED, step, id)
            .isEqualTo(alternating(told.size()));
        assertThat(rig.state(id).announced()).as("seed %d", SEED).isEqualTo(told.size() % 2 == 1);
      }
    }
    open.values().forEach(session -> closed(session, true));
    rig.advance(Duration.ofHours(3));
    for (DeviceId id : fleet) {
      assertThat(presence(id)).as("seed %d: %s", SEED, id).isEqualTo(Presence.State.OFFLINE);
      assertThat(rig.state(id).announced()).as("seed %d: %s", SEED, id).isFalse();
      assertThat(history(id)).as("seed %d: %s", SEED, id).allMatch(link -> link.end().isPresent());
    }
  }

  private void closed(Session session, boolean saidGoodbye) {
    if (session != null) {
      rig.checkins.closed(session, saidGoodbye);
    }
  }

  @Test
  void restart_ofAFleet_isUnknownUntilSoManyCouldBeBack() {
    rig.admitRate = 1;
    List<DeviceId> fleet = new ArrayList<>(List.of(device));
    for (int i = 2; i <= 20; i++) {
      fleet.add(rig.device("dev_" + i));
    }
    fleet.forEach(id -> rig.connect(id, new FakeLink()));
    rig.restart();
    rig.advance(Duration.ofSeconds(64)); // 45 s and a second for each of twenty, but one
    assertThat(fleet).allMatch(id -> presence(id) == Presence.State.UNKNOWN);
    fleet.subList(1, 20).forEach(id -> rig.connect(id, new FakeLink()));
    rig.advance(Duration.ofSeconds(1));
    assertThat(presence(device)).isEqualTo(Presence.State.OFFLINE);
    assertThat(told(device)).isEqualTo(alternating(2));
    for (DeviceId id : fleet.subList(1, 20)) {
      assertThat(presence(id)).isEqualTo(Presence.State.ONLINE);
      assertThat(told(id)).as("nothing of the restart").isEqualTo(alternating(1));
      assertThat(rig.state(id).since()).contains(CoreRig.START);
    }
  }

  @Test
  void restart_ofADeviceWhoseLinkHadJustBroken_givesItTheSameTime() {
    rig.checkins.closed(rig.connect(device, link).session(), false);
    rig.advance(Duration.ofSeconds(40));
    rig.restart();
    rig.advance(Duration.ofSeconds(44));
    assertThat(presence(device)).isEqualTo(Presence.State.UNKNOWN);
    rig.connect(device, new FakeLink());
    assertThat(told(device)).isEqualTo(alternating(1));
  }

  @Test
  void restart_afterALongAbsence_waitsALease_whichAnAgentsBackOffIsWithin() {
    rig.connect(device, link);
    rig.clock.advance(Duration.ofMinutes(30));
    rig.restart();
    rig.advance(Duration.ofSeconds(44));
    assertThat(presence(device)).isEqualTo(Presence.State.UNKNOWN);
    rig.advance(Duration.ofSeconds(1));
    assertThat(told(device)).isEqualTo(alternating(2));
  }

  @Test
  void clock_setForwardOrBack_makesNobodyOffline() {
    DeviceId broken = rig.device("dev_broken");
    rig.advance(Duration.ofHours(3));
    Session held = rig.connect(device, link).session();
    rig.checkins.closed(rig.connect(broken, new FakeLink()).session(), false);
    rig.advance(Duration.ofSeconds(15));
    for (Duration jump : List.of(Duration.ofDays(400), Duration.ofHours(-2))) {
      rig.clock.jump(jump);
      rig.tick();
      assertThat(presence(device)).isEqualTo(Presence.State.ONLINE);
      assertThat(presence(broken)).isEqualTo(Presence.State.ONLINE);
      rig.advance(Duration.ofSeconds(10));
      rig.checkins.heard(held);
    }
    assertThat(link.closed).isEmpty();
    assertThat(told(device)).isEqualTo(alternating(1));
    assertThat(told(broken)).isEqualTo(alternating(1));
    // 35 of 45 s have passed since the link broke, whatever the clock says.
    rig.advance(Duration.ofSeconds(9));
    assertThat(presence(broken)).isEqualTo(Presence.State.ONLINE);
    rig.advance(Duration.ofSeconds(2));
    assertThat(presence(broken)).isEqualTo(Presence.State.OFFLINE);
    assertThat(told(broken)).isEqualTo(alternating(2));
    // And a silent one is still found.
    rig.advance(Duration.ofSeconds(46));
    assertThat(link.closed).contains(Link.CloseReason.SILENT);
    assertThat(told(device)).isEqualTo(alternating(2));
  }

  @Test
  void clock_setBack_silenceOfALinkIsStillNoticed() {
    rig.advance(Duration.ofHours(3));
    rig.connect(device, link);
    rig.clock.jump(Duration.ofHours(-2));
    rig.advance(Duration.ofSeconds(46));
    assertThat(link.closed).contains(Link.CloseReason.SILENT);
    assertThat(presence(device)).isEqualTo(Presence.State.OFFLINE);
  }

  @Test
  void pause_ofTheWholeProcess_givesBrokenLinksTheTimeBack() {
    DeviceId broken = rig.device("dev_broken");
    Session held = rig.connect(device, link).session();
    rig.checkins.closed(rig.connect(broken, new FakeLink()).session(), false);
    rig.advance(Duration.ofSeconds(40));
    rig.checkins.heard(held);
    rig.clock.advance(Duration.ofSeconds(60));
    rig.links.moveLeases(Duration.ofSeconds(60)); // as the ticker does before anything else
    rig.tick();
    // It had given up the connection meanwhile; only now the server sees it.
    rig.checkins.closed(held, false);
    rig.advance(Duration.ofSeconds(4));
    assertThat(presence(device)).isEqualTo(Presence.State.ONLINE);
    assertThat(presence(broken)).isEqualTo(Presence.State.ONLINE);
    rig.connect(device, new FakeLink());
    rig.connect(broken, new FakeLink());
    assertThat(told(device)).isEqualTo(alternating(1));
    assertThat(told(broken)).isEqualTo(alternating(1));
  }

  @Test
  void history_tellsHowEachLinkEnded() {
    Welcome first = rig.connect(device, link);
    rig.advance(Duration.ofSeconds(1));
    rig.checkins.closed(first.session(), false);
    rig.checkins.closed(rig.connect(device, new FakeLink()).session(), true);
    rig.connect(device, new FakeLink());
    rig.connect(device, new FakeLink());
    rig.advance(Duration.ofSeconds(46));
    rig.connect(device, new FakeLink());
    rig.links.closeAll();
    rig.restart();
    rig.connect(device, new FakeLink());
    rig.clock.advance(Duration.ofSeconds(1));
    rig.restart(); // killed: nobody could say anything
    rig.connect(device, new FakeLink());
    rig.links.cut(device, "revoked");
    rig.connect(device, new FakeLink());
    assertThat(history(device).getFirst().end()).as("open").isEmpty();
    assertThat(ends(device))
        .containsExactly(
            LinkEnd.CUT,
            LinkEnd.RESTART,
            LinkEnd.RESTART,
            LinkEnd.SILENT,
            LinkEnd.REPLACED,
            LinkEnd.GOODBYE,
            LinkEnd.BROKEN);
    Connection oldest = history(device).getLast();
    assertThat(oldest.beganAt()).isEqualTo(CoreRig.START);
    assertThat(oldest.end().orElseThrow().at()).isEqualTo(CoreRig.START.plusSeconds(1));
    assertThat(oldest.address()).isEqualTo("10.0.0.9");
  }

  @Test
  void closeAll_tellsAWindowInWhichSoManyCanBeLetIn() {
    rig.admitRate = 1;
    rig.restart();
    List<FakeLink> links = new ArrayList<>();
    for (int i = 2; i <= 21; i++) {
      links.add(new FakeLink());
      rig.connect(rig.device("dev_" + i), links.getLast());
    }
    rig.links.closeAll();
    assertThat(links).allMatch(one -> one.closed.equals(Optional.of(Link.CloseReason.RESTART)));
    assertThat(links).allMatch(one -> one.closeDetail.equals("window=20"));
  }
}
