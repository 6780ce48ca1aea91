package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import muster.testkit.RawHttp2;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A fleet larger than what the server reads at once (500): the list is streamed.
class KvmFleetLargeListTest {
  private static final int DEVICES = 1_130;
  private static final int REGISTRATIONS_A_MINUTE = 60;

  private static TestMuster muster;

  @BeforeAll
  static void start() throws Exception {
    muster = TestMuster.start();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> minute = new ArrayList<>();
      for (int i = 0; i < DEVICES; i++) {
        String name = "node-%04d".formatted(i / 2); // each name twice
        minute.add(threads.submit(() -> enroll(name)));
        if (minute.size() == REGISTRATIONS_A_MINUTE) {
          for (Future<?> one : minute) {
            one.get();
          }
          minute.clear();
          Fleet.afterTheRateLimit(muster);
        }
      }
    }
  }

  private static void enroll(String name) {
    Fleet.enroll(muster, name, "all");
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  @Tag("F003")
  void list_moreThanThousandDevices_answersEachOnceInOrder() {
    TestReply reply = muster.admin().get("/v1/devices").expect(200);
    List<String> ids = Fleet.ids(reply);
    assertThat(ids).hasSize(DEVICES);
    assertThat(new HashSet<>(ids)).hasSize(DEVICES);
    assertThat(Fleet.names(reply)).isSortedAccordingTo(String.CASE_INSENSITIVE_ORDER);
    assertThat(reply.header("Content-Type")).startsWith("application/json");
    assertThat(reply.at("next_cursor").isMissingNode()).isTrue();
  }

  @Test
  @Tag("F003")
  void list_again_keepsTheOrderAlsoInPagesAndUnderAFilter() {
    List<String> ids = Fleet.ids(muster.admin().get("/v1/devices"));
    assertThat(Fleet.ids(muster.admin().get("/v1/devices?tag=all&status=offline"))).isEqualTo(ids);
    List<String> paged = new ArrayList<>();
    String cursor = "";
    do {
      TestReply page = muster.admin().get("/v1/devices?limit=333" + cursor).expect(200);
      paged.addAll(Fleet.ids(page));
      cursor = page.at("next_cursor").isMissingNode() ? "" : "&cursor=" + page.text("next_cursor");
    } while (!cursor.isEmpty());
    assertThat(paged).isEqualTo(ids);
  }

  @Test
  @Tag("F014")
  void register_namesThatAreTaken_gotASuffix() {
    List<String> names = Fleet.names(muster.admin().get("/v1/devices?search=node-0007"));
    assertThat(names).containsExactlyInAnyOrder("node-0007", "node-0007-2");
  }

  @Test
  @Tag("F003")
  void list_clientThatLeavesInTheMiddle_harmsNobody() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), muster.port())) {
      socket
          .getOutputStream()
          .write(
              ("GET /v1/devices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                      + muster.adminKey()
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(64)).hasSize(64);
    }
    assertThat(Fleet.ids(muster.admin().get("/v1/devices"))).hasSize(DEVICES);
    assertThat(muster.admin().get("/v1/server").expect(200).json().get("devices").asInt())
        .isEqualTo(DEVICES);
  }

  /// HTTP/2, so that the server sends no more than it is asked for: two of the three parts are read
  /// when the key goes.
  @Test
  @Tag("F003")
  void list_keyRevokedInTheMiddle_breaksOff() {
    TestReply key =
        muster.admin().post("/api/auth/keys", Map.of("name", "short", "role", "viewer"));
    try (RawHttp2 connection = RawHttp2.to(muster, 1_000)) {
      connection.addGet(1, "/v1/devices", key.expect(201).text("key")).flush();
      assertThat(next(connection, RawHttp2.DATA).flags()).isZero();
      muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);
      connection.addWindow(0, 10_000_000).addWindow(1, 10_000_000).flush();
      RawHttp2.Frame frame = next(connection, RawHttp2.DATA, RawHttp2.RST_STREAM);
      while (frame.type() == RawHttp2.DATA) {
        assertThat(frame.flags() & RawHttp2.END_STREAM).as("a false end").isZero();
        frame = next(connection, RawHttp2.DATA, RawHttp2.RST_STREAM);
      }
    }
  }

  /// The next frame of one of these types.
  private static RawHttp2.Frame next(RawHttp2 connection, Integer... types) {
    RawHttp2.Frame frame;
    do {
      frame = connection.next().orElseThrow();
    } while (!List.of(types).contains(frame.type()));
    return frame;
  }
}
