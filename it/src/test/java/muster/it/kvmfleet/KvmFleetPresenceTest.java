package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import muster.it.page.AgentSocket;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Online, offline and what lies between (F021).
class KvmFleetPresenceTest {
  private static final Duration LEASE = Duration.ofSeconds(45);

  private static TestMuster muster;

  private FakeDevice device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    Fleet.afterTheRateLimit(muster);
    device = muster.enroll("present");
  }

  private String presence() {
    return Fleet.presence(muster, device);
  }

  private String status() {
    return Fleet.status(muster, device);
  }

  private List<String> listed(String status) {
    return Fleet.ids(muster.admin().get("/v1/devices?status=" + status));
  }

  @Test
  @Tag("F021")
  void status_whileConnected_isOnlineHoweverLongNothingHappens() {
    try (FakeDevice connected = device.connect()) {
      assertThat(presence()).isEqualTo("online");
      muster.clock().advance(LEASE.multipliedBy(4));
      assertThat(status()).isEqualTo("online");
      assertThat(listed("online")).contains(connected.id());
      assertThat(Fleet.device(muster, device.id()).text("/presence/reason"))
          .matches("connected from 127.0.0.1, last heard of \\d+ s ago");
    }
  }

  @Test
  @Tag("F021")
  void status_afterTheConnectionBroke_isOnlineFor45SecondsAndThenOffline() {
    device.connect().cut();
    Fleet.awaitLinkLost(muster, device);
    assertThat(presence()).isEqualTo("online");
    muster.clock().advance(LEASE.minusSeconds(5));
    assertThat(status()).isEqualTo("online");
    assertThat(listed("online")).contains(device.id());
    assertThat(listed("offline")).doesNotContain(device.id());
    muster.clock().advance(Duration.ofSeconds(5));
    // Decided when it is read, not when a timer has come round.
    assertThat(status()).isEqualTo("offline");
    assertThat(listed("offline")).contains(device.id());
    assertThat(listed("online")).doesNotContain(device.id());
    Awaitility.await().until(() -> presence().equals("offline"));
  }

  @Test
  @Tag("F021")
  void status_backWithinTheLease_wasNeverOffline() {
    device.connect();
    String since = Fleet.device(muster, device.id()).text("/presence/since");
    device.cut();
    Fleet.awaitLinkLost(muster, device);
    muster.clock().advance(LEASE.minusSeconds(10));
    try (FakeDevice back = device.connect()) {
      muster.clock().advance(LEASE);
      assertThat(status()).isEqualTo("online");
      assertThat(Fleet.device(muster, back.id()).text("/presence/since")).isEqualTo(since);
    }
  }

  @RepeatedTest(25)
  @Tag("F021")
  void status_afterGoodbye_isOfflineAtOnce() {
    device.connect().close();
    Awaitility.await().until(() -> status().equals("offline"));
    assertThat(listed("offline")).contains(device.id());
    assertThat(
            Duration.between(
                Instant.parse(Fleet.device(muster, device.id()).text("last_seen")),
                muster.clock().instant()))
        .isLessThan(LEASE);
  }

  @RepeatedTest(25)
  @Tag("F021")
  void status_afterGoodbyeOnTheKvmSocket_isOfflineAtOnce() throws Exception {
    AgentSocket socket = AgentSocket.open(muster.url(), device.token());
    Awaitility.await().until(() -> status().equals("online"));
    socket.close();
    Awaitility.await().until(() -> status().equals("offline"));
  }

  @Test
  @Tag("F021")
  void status_afterARestart_isUnknownAndNeverOfflineUntilTheDeviceIsBack() {
    device.connect();
    muster.stop();
    muster.clock().advance(Duration.ofMinutes(10)); // however long the server was away
    muster.startAgain();
    assertThat(presence()).isEqualTo("unknown");
    assertThat(status()).isEqualTo("online");
    assertThat(listed("online")).contains(device.id());
    assertThat(listed("offline")).doesNotContain(device.id());
    muster.clock().advance(LEASE.minusSeconds(10));
    assertThat(presence()).isEqualTo("unknown");
    try (FakeDevice back = device.connect()) {
      assertThat(presence()).isEqualTo("online");
      muster.clock().advance(LEASE);
      assertThat(Fleet.presence(muster, back)).isEqualTo("online");
    }
  }

  @Test
  @Tag("F021")
  void status_afterARestartOfADeviceThatStaysAway_isOfflineAfter45Seconds() {
    device.connect();
    assertThat(device.isOpen()).isTrue();
    muster.restart();
    assertThat(device.awaitClose().code()).isEqualTo(1012);
    muster.clock().advance(LEASE);
    assertThat(status()).isEqualTo("offline");
    assertThat(presence()).isEqualTo("offline");
    assertThat(listed("offline")).contains(device.id());
  }

  @Test
  @Tag("F021")
  void status_ofOfflineDevices_survivesARestart() {
    device.connect().close();
    Awaitility.await().until(() -> status().equals("offline"));
    muster.restart();
    assertThat(presence()).isEqualTo("offline");
  }

  @Test
  @Tag("F021")
  void status_deviceCutJustBeforeARestart_keepsItsLease() {
    device.connect().cut();
    Fleet.awaitLinkLost(muster, device);
    muster.restart();
    assertThat(status()).isEqualTo("online");
    muster.clock().advance(LEASE);
    assertThat(status()).isEqualTo("offline");
  }
}
