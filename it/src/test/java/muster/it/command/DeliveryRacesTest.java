package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import muster.auth.Caller;
import muster.auth.Role;
import muster.checkin.Greeting;
import muster.checkin.Welcome;
import muster.command.Command;
import muster.command.CommandStatus;
import muster.device.Presence;
import muster.event.Event;
import muster.fault.Fault;
import muster.fault.FaultCode;
import muster.id.CommandId;
import muster.id.DeviceId;
import muster.it.command.CoreRig.FakeLink;
import muster.link.Arrival;
import muster.link.Link;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes wrong when two things happen at once, each played at its worst moment.
class DeliveryRacesTest {
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

  private static Command next(FakeLink from) {
    try {
      Command command = from.executes.poll(60, TimeUnit.SECONDS);
      assertThat(command).as("a delivery").isNotNull();
      return command;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private CommandStatus status(CommandId id) {
    return rig.command(id).status();
  }

  private Presence.State presence() {
    return Presence.of(rig.state(device), rig.clock.instant()).state();
  }

  @Test
  void flush_whileTheDeviceSaysGoodbye_doesNotBringItBack() {
    Welcome welcome = rig.connect(device, link);
    rig.checkins.heard(welcome.session());
    rig.beforeWrite(0, () -> rig.checkins.closed(welcome.session(), true));
    rig.links.flush();
    assertThat(rig.state(device).isHeld()).isFalse();
    assertThat(presence()).isEqualTo(Presence.State.OFFLINE);
  }

  @Test
  void deliveryThatNobodyConfirmed_isNotGivenAgain_toADeviceThatKeepsNoAccount() {
    link.keepsAccount = false;
    Welcome welcome = rig.connect(device, link);
    CommandId unconfirmed = rig.submit(rig.admin, device);
    next(link);
    rig.advance(Duration.ofSeconds(20));
    rig.checkins.heard(welcome.session());
    rig.advance(Duration.ofSeconds(20));
    CommandId other = rig.submit(rig.admin, device);
    assertThat(next(link).id()).isEqualTo(other);
    assertThat(status(unconfirmed)).isEqualTo(CommandStatus.QUEUED);
    assertThat(link.executes).isEmpty();
  }

  @Test
  void hello_deviceDeletedBeforeItIsRegistered_isRefused() {
    rig.beforeWrite(1, () -> rig.devices.delete(rig.admin, device));
    assertThatExceptionOfType(Fault.class)
        .isThrownBy(() -> rig.hello(device, link))
        .satisfies(fault -> assertThat(fault.code()).isEqualTo(FaultCode.PERMISSION_DENIED));
    assertThat(rig.links.count()).isZero();
  }

  @Test
  void hello_deviceDeletedRightAfter_isCut() {
    rig.beforeWrite(2, () -> rig.devices.delete(rig.admin, device));
    rig.hello(device, link);
    await().untilAsserted(() -> assertThat(link.closed).contains(Link.CloseReason.CUT));
    await().untilAsserted(() -> assertThat(rig.links.count()).isZero());
  }

  /// The agent gave this connection up and has another; its greeting is dealt with late.
  @Test
  void hello_overtakenByANewerOne_saysNothingAboutRunningCommands() {
    CommandId id = rig.submit(rig.admin, device);
    FakeLink newer = new FakeLink();
    rig.beforeWrite(
        2,
        () -> {
          Welcome welcome = rig.connect(device, newer);
          rig.checkins.started(welcome.session(), next(newer).id());
        });
    Welcome stale = rig.hello(device, link);
    assertThat(status(id)).isEqualTo(CommandStatus.RUNNING);
    assertThat(link.closed).contains(Link.CloseReason.REPLACED);
    rig.checkins.ready(stale);
    assertThat(rig.links.find(device).orElseThrow().link()).isSameAs(newer);
    assertThat(link.executes).isEmpty();
  }

  @Test
  void closed_whileTheDeviceIsBackAlready_doesNotTakeBackWhatItWasGiven() {
    Welcome first = rig.connect(device, link);
    CommandId id = rig.submit(rig.admin, device);
    assertThat(next(link).attempt()).isEqualTo(1);
    FakeLink newer = new FakeLink();
    rig.beforeWrite(
        1,
        () -> {
          rig.connect(device, newer);
          assertThat(next(newer).attempt()).isEqualTo(2);
        });
    rig.checkins.closed(first.session(), false);
    assertThat(status(id)).isEqualTo(CommandStatus.SENT);
    assertThat(rig.command(id).attempt()).isEqualTo(2);
  }

  /// Between the greeting and its answer the two sides still compare what they have: what is given
  /// then would be taken for something the device has forgotten, and given again.
  @Test
  void submit_duringTheGreeting_isDeliveredOnceAfterIt() {
    List<CommandId> submitted = new ArrayList<>();
    rig.beforeWrite(2, () -> submitted.add(rig.submit(rig.admin, device)));
    Welcome welcome = rig.hello(device, link);
    assertThat(link.executes).isEmpty();
    rig.checkins.ready(welcome);
    Command delivered = next(link);
    assertThat(delivered.id()).isEqualTo(submitted.getFirst());
    assertThat(delivered.attempt()).isEqualTo(1);
    assertThat(link.executes).isEmpty();
  }

  @Test
  void hello_thatFailsInTheMiddle_leavesNoSession() {
    rig.beforeWrite(
        2,
        () -> {
          throw new Fault(FaultCode.UNAVAILABLE, "the store can't write now");
        });
    assertThatExceptionOfType(Fault.class).isThrownBy(() -> rig.hello(device, link));
    assertThat(rig.links.count()).isZero();
  }

  @Test
  void deliver_theStoreFailsForAMoment_isTriedAgain() {
    rig.connect(device, link);
    rig.beforeDelivery(() -> {
      throw new Fault(FaultCode.UNAVAILABLE, "the store can't write now");
    });
    CommandId id = rig.submit(rig.admin, device);
    await()
        .untilAsserted(() -> {
          rig.tick();
          assertThat(link.executes).isNotEmpty();
        });
    assertThat(next(link).id()).isEqualTo(id);
  }

  @Test
  void deliver_manyWithoutARightInFront_reachesTheOneBehind() {
    Caller gone = rig.key(Role.OPERATOR);
    List<CommandId> without = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      without.add(rig.submit(gone, device));
    }
    CommandId good = rig.submit(rig.admin, device);
    rig.keys.delete(rig.admin, gone.id());
    rig.connect(device, link);
    assertThat(next(link).id()).isEqualTo(good);
    assertThat(without).allMatch(id -> status(id) == CommandStatus.CANCELLED);
    assertThat(link.executes).isEmpty();
  }

  @Test
  void deliver_sixteenRefused_makesRoomForTheNext() {
    List<CommandId> ids = new ArrayList<>();
    for (int i = 0; i < 18; i++) {
      ids.add(rig.submit(rig.admin, device));
    }
    Welcome welcome = rig.connect(device, link);
    for (int i = 0; i < 16; i++) {
      Command command = next(link);
      assertThat(command.id()).isEqualTo(ids.get(i));
    }
    assertThat(link.executes).as("at most 16 at once").isEmpty();
    rig.checkins.refused(welcome.session(), ids.getFirst(), 1, "no such tool", false);
    assertThat(next(link).id()).isEqualTo(ids.get(16));
    assertThat(link.executes).isEmpty();
    rig.checkins.started(welcome.session(), ids.get(1));
    rig.advance(Duration.ofSeconds(20));
    assertThat(link.executes).isEmpty();
  }

  @Test
  void deliver_oneIsLost_makesRoomForTheNext() {
    List<CommandId> ids = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      ids.add(rig.submit(rig.admin, device));
    }
    Welcome welcome = rig.connect(device, link);
    for (int i = 0; i < 16; i++) {
      rig.checkins.started(welcome.session(), next(link).id());
    }
    for (int second = 0; second < 120; second += 4) {
      rig.checkins.heard(welcome.session());
      rig.advance(Duration.ofSeconds(4));
    }
    assertThat(status(ids.getFirst())).isEqualTo(CommandStatus.LOST);
    assertThat(next(link).id()).isEqualTo(ids.get(16));
  }

  @Test
  void deliver_whatCanNotBeSent_failsAndLetsTheNextPass() {
    link.unsendableTool = "odd";
    CommandId odd = rig.submit(rig.admin, device, "odd", Duration.ofHours(1));
    CommandId good = rig.submit(rig.admin, device);
    rig.connect(device, link);
    assertThat(next(link).id()).isEqualTo(good);
    await().untilAsserted(() -> assertThat(status(odd)).isEqualTo(CommandStatus.FAILED));
    assertThat(rig.command(odd).result().orElseThrow().error())
        .contains("can't be sent: nested deeper than 64");
  }

  @Test
  void cancel_thatOvertookItsCommand_isToldAgain() {
    Welcome welcome = rig.connect(device, link);
    CommandId id = rig.submit(rig.admin, device);
    next(link);
    rig.commands.cancel(rig.admin, id);
    assertThat(link.cancels).containsExactly(id);
    rig.checkins.started(welcome.session(), id);
    assertThat(link.cancels).as("the device had not known it before").containsExactly(id, id);
  }

  @Test
  void refused_ofAnEarlierDelivery_leavesThePresentOne() {
    Welcome welcome = rig.connect(device, link);
    CommandId id = rig.submit(rig.admin, device);
    assertThat(next(link).attempt()).isEqualTo(1);
    rig.checkins.heard(welcome.session());
    rig.advance(Duration.ofSeconds(30));
    assertThat(next(link).attempt()).isEqualTo(2);
    rig.checkins.refused(welcome.session(), id, 1, "busy", true);
    assertThat(status(id)).isEqualTo(CommandStatus.SENT);
    rig.checkins.refused(welcome.session(), id, 2, "no such tool", false);
    assertThat(status(id)).isEqualTo(CommandStatus.FAILED);
  }

  /// KVM Fleet's agents can't name what they run, so their greeting says nothing about it.
  @Test
  void hello_ofAProtocolWithoutCommands_losesNone() {
    Welcome welcome = rig.connect(device, link);
    CommandId id = rig.submit(rig.admin, device);
    next(link);
    rig.checkins.started(welcome.session(), id);
    Link plain =
        new Link() {
          @Override
          public void close(CloseReason reason, String detail) {}

          @Override
          public void probe() {}
        };
    Greeting empty =
        new Greeting(
            CoreRig.greeting().facts(), Arrival.Machine.UNSAID, CoreRig.greeting().executions());
    rig.checkins.ready(rig.checkins.hello(rig.identity(device), plain, "10.0.0.9", empty));
    assertThat(status(id)).isEqualTo(CommandStatus.RUNNING);
  }

  @Test
  void offline_leaseLeftFromBefore_isToldOnce() {
    Welcome first = rig.connect(device, link);
    rig.checkins.closed(first.session(), false);
    rig.advance(Duration.ofSeconds(10));
    Welcome second = rig.connect(device, new FakeLink());
    rig.checkins.closed(second.session(), true);
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
    rig.advance(Duration.ofSeconds(60));
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
    assertThat(rig.state(device).since()).isEqualTo(second.session().state().lastSeen());
  }

  @Test
  void offline_leaseThatEndedWhileTheServerWasDown_isToldAtTheStart() {
    Welcome welcome = rig.connect(device, link);
    rig.checkins.closed(welcome.session(), false);
    rig.clock.advance(Duration.ofMinutes(10));
    rig.restart();
    rig.tick();
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
    assertThat(rig.state(device).since()).isEqualTo(Optional.of(CoreRig.START.plusSeconds(45)));
    rig.restart();
    rig.tick();
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
  }

  @Test
  void restart_whileLinksAreHeld_isUnknownThenOffline() {
    rig.connect(device, link);
    rig.restart();
    assertThat(presence()).isEqualTo(Presence.State.UNKNOWN);
    rig.advance(Duration.ofSeconds(44));
    assertThat(presence()).isEqualTo(Presence.State.UNKNOWN);
    rig.advance(Duration.ofSeconds(1));
    assertThat(presence()).isEqualTo(Presence.State.OFFLINE);
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
  }

  @Test
  void tick_silentLink_isClosedAndItsLeaseIsOver() {
    Welcome welcome = rig.connect(device, link);
    rig.advance(Duration.ofSeconds(45));
    assertThat(link.closed).isEmpty();
    rig.advance(Duration.ofSeconds(1));
    assertThat(link.closed).contains(Link.CloseReason.SILENT);
    assertThat(presence()).isEqualTo(Presence.State.OFFLINE);
    assertThat(rig.links.count()).isZero();
    rig.checkins.closed(welcome.session(), false);
    assertThat(rig.count(Event.DEVICE_OFFLINE, device)).isEqualTo(1);
  }

  @Test
  void tick_afterThePauseOfTheWholeProcess_blamesNoDevice() {
    rig.connect(device, link);
    rig.clock.advance(Duration.ofMinutes(5));
    rig.tick();
    rig.advance(Duration.ofSeconds(40));
    assertThat(link.closed).isEmpty();
    rig.advance(Duration.ofSeconds(8));
    assertThat(link.closed).contains(Link.CloseReason.SILENT);
  }
}
