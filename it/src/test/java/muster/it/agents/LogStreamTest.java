package muster.it.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.LogsFollow;
import muster.wire.RpcError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who watches a log, and what that costs the device and the others.
class LogStreamTest {
  private static final String NGINX = "source=journald&unit=nginx";

  private TestMuster muster;
  private FakeDevice device;

  @BeforeEach
  void start() {
    muster = TestMuster.start();
    device = muster.enroll("web-1").connect();
  }

  @AfterEach
  void stop() {
    muster.close();
  }

  private URI url(String query, String token) {
    return muster
        .url()
        .resolve("/api/agents/%s/stream/logs?%s&token=%s".formatted(device.id(), query, token));
  }

  private Events open(String query) {
    return Events.open(url(query, muster.adminKey()));
  }

  /// Opens the stream, and lets the device follow and say so.
  private Events first(String query) {
    FakeDevice.LogOrder[] order = new FakeDevice.LogOrder[1];
    Thread accepting =
        Thread.ofVirtual()
            .start(() -> {
              order[0] = device.nextLog();
              device.accept(order[0]);
              device.logLines(order[0].id(), 1, List.of("one", "two"));
            });
    Events events = open(query);
    await().until(() -> !accepting.isAlive());
    followed = order[0];
    return events;
  }

  private FakeDevice.LogOrder followed;

  private void more(int from, int count) {
    device.logLines(
        followed.id(),
        from,
        IntStream.range(from, from + count).mapToObj(i -> "line " + i).toList());
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: the page's example: a unit of journald, the session's token in the query")
  void pagesExample_works() {
    Map<String, String> user =
        Map.of("username", "ann", "password", "a good password 1", "role", "operator");
    muster.admin().post("/api/users", user).expect(201);
    String token = muster.anonymous().post("/api/login", user).expect(200).text("token");
    Thread accepting =
        Thread.ofVirtual()
            .start(() -> {
              FakeDevice.LogOrder order = device.nextLog();
              assertThat(order.follow().source()).isEqualTo(LogsFollow.JOURNALD);
              assertThat(order.follow().unit()).contains("nginx");
              device.accept(order);
              device.logLines(order.id(), 1, List.of("started"));
            });
    try (Events events = Events.open(url("source=journald&unit=nginx", token))) {
      assertThat(events.next()).isEqualTo(new Events.Event("c1", "message", "started"));
    }
    await().until(() -> !accepting.isAlive());
    TestReply audit = muster.admin().get("/v1/audit?action=logs.follow").expect(200);
    assertThat(audit.at("/entries")).hasSize(1);
    assertThat(audit.text("/entries/0/actor")).isEqualTo("user:ann");
    assertThat(audit.text("/entries/0/target")).isEqualTo(device.id());
    assertThat(audit.text("/entries/0/detail/unit")).isEqualTo("nginx");
    assertThat(audit.body()).doesNotContain(token);
  }

  @Test
  @Tag("F134")
  @DisplayName(
      "F134: 200 viewers on one log cost the device one follower, which ends with the last")
  void manyViewers_costOneFollower() {
    List<Events> viewers = new ArrayList<>();
    try {
      viewers.add(first(NGINX));
      for (int i = 1; i < 200; i++) {
        viewers.add(open(NGINX));
      }
      assertThat(device.pollLog(Duration.ZERO)).isEmpty();
      more(3, 50);
      for (Events viewer : viewers) {
        List<String> lines = viewer.lines(52);
        assertThat(lines).startsWith("one", "two").endsWith("line 52");
      }
      assertThat(muster.server().logFeeds()).isEqualTo(1);
    } finally {
      viewers.forEach(Events::close);
    }
    assertThat(device.nextLogStop()).isEqualTo(followed.id());
    assertThat(muster.server().logFeeds()).isZero();
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: who joins a log and wants more history than there is gets it, and all after")
  void laterViewer_getsItsHistory() {
    try (Events first = first(NGINX + "&tail=2")) {
      assertThat(first.lines(2)).containsExactly("one", "two");
      String before = followed.id();
      try (Events second = first(NGINX + "&tail=1000");
          Events third = open(NGINX + "&tail=500")) {
        assertThat(followed.follow().tail()).isEqualTo(1000);
        assertThat(second.lines(2)).containsExactly("one", "two");
        assertThat(third.lines(2)).containsExactly("one", "two");
        assertThat(muster.server().logFeeds()).isEqualTo(2);
        more(3, 1);
        assertThat(second.line()).isEqualTo("line 3");
        device.logLines(before, 3, List.of("line 3"));
        assertThat(first.line()).isEqualTo("line 3");
      }
    }
    assertThat(List.of(device.nextLogStop(), device.nextLogStop())).contains(followed.id());
    assertThat(muster.server().logFeeds()).isZero();
  }

  @Test
  @Tag("F134")
  @DisplayName(
      "F134: a viewer that takes nothing misses lines and is told how many; others miss none")
  void slowViewer_getsAGap() {
    try (Events quick = first(NGINX);
        Events slow = Events.unread(url(NGINX, muster.adminKey()), Map.of())) {
      assertThat(quick.lines(2)).containsExactly("one", "two");
      int count = 0;
      String text = "x".repeat(1000);
      for (int i = 0; i < 400; i++) {
        List<String> lines =
            IntStream.range(count, count + 50).mapToObj(n -> n + " " + text).toList();
        device.logLines(followed.id(), count + 3, lines);
        for (int n = 0; n < 50; n++) {
          assertThat(quick.line()).startsWith((count + n) + " ");
        }
        count += 50;
      }
      slow.start();
      int seen = 0;
      long missed = 0;
      while (seen + missed < count + 2) {
        Events.Event event = slow.next();
        if (event.name().equals("gap")) {
          missed += Long.parseLong(event.data().replaceAll("\\D", ""));
        } else {
          assertThat(event.id()).isEqualTo("c" + (seen + missed + 1));
          seen++;
        }
      }
      assertThat(missed).isPositive();
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: Last-Event-ID is gone on behind while others watch; what is gone is a gap")
  void lastEventId_withinTheRing() {
    try (Events first = first(NGINX)) {
      more(3, 10);
      assertThat(first.lines(12)).endsWith("line 12");
      try (Events back =
              Events.open(url(NGINX, muster.adminKey()), Map.of("Last-Event-ID", "c11"));
          Events lost = Events.open(url(NGINX + "&after=c0", muster.adminKey()))) {
        assertThat(back.line()).isEqualTo("line 12");
        assertThat(lost.next()).isEqualTo(new Events.Event("", "gap", "{\"missed\":null}"));
        assertThat(lost.lines(12)).startsWith("one");
      }
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a session that is revoked ends its stream, and nobody else's")
  void revokedSession_endsItsStream() {
    TestClient admin = muster.admin();
    TestReply key =
        admin.post("/api/auth/keys", Map.of("name", "k", "role", "operator")).expect(201);
    try (Events mine = first(NGINX);
        Events theirs = Events.open(url(NGINX, key.text("key")))) {
      assertThat(theirs.lines(2)).endsWith("two");
      admin.delete("/api/auth/keys/" + key.text("id"));
      Events.Event last = theirs.last();
      assertThat(last.name()).isEqualTo("error");
      assertThat(last.data()).contains("unknown, expired or revoked");
      more(3, 1);
      assertThat(mine.lines(3)).endsWith("line 3");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a device that moves out of a key's fence is watched by it no more")
  void scopeLost_endsTheStream() {
    muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of("a"))).expect(200);
    String key = muster.withKey(Map.of("name", "s", "role", "operator", "scope", "tag:a")).token();
    try (Events mine = first(NGINX);
        Events theirs = Events.open(url(NGINX, key))) {
      assertThat(theirs.lines(2)).endsWith("two");
      muster.admin().patch("/v1/devices/" + device.id(), Map.of("tags", List.of())).expect(200);
      assertThat(theirs.last().data()).contains("the right to it was taken away");
      more(3, 1);
      assertThat(mine.lines(3)).endsWith("line 3");
    }
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: a device that is blocked, or lost, ends its streams with a reason")
  void deviceGone_endsTheStreams() {
    try (Events events = first(NGINX)) {
      assertThat(events.lines(2)).endsWith("two");
      device.cut();
      Events.Event last = events.last();
      assertThat(last.name()).isEqualTo("error");
      assertThat(last.data()).contains("the device's connection ended");
    }
    device.connect();
    try (Events events = first(NGINX)) {
      assertThat(events.lines(2)).endsWith("two");
      muster.admin().post("/api/devices/" + device.id() + "/block", Map.of()).expect(200);
      assertThat(events.last().name()).isEqualTo("error");
    }
    await().until(() -> muster.server().logFeeds() == 0);
  }

  @Test
  @Tag("F134")
  @DisplayName("F134: offline, too old and unwilling devices are refused before the stream begins")
  void refusals_comeBeforeTheStream() {
    Map<Integer, String> refusals =
        Map.of(
            RpcError.METHOD_NOT_FOUND, "agent can't follow logs",
            RpcError.NO_SUCH_LOG, "no journald here",
            RpcError.DENIED, "denied by the device's policy: no journald here",
            RpcError.NO_SUCH_FILE, "no journald here");
    refusals.forEach((code, message) -> {
      Thread refusing =
          Thread.ofVirtual().start(() -> device.refuse(device.nextLog(), code, "no journald here"));
      TestReply reply = get(NGINX).expect(409);
      assertThat(reply.text("error")).contains(message);
      await().until(() -> !refusing.isAlive());
    });
    device.close();
    await().untilAsserted(() -> assertThat(get(NGINX).text("error")).contains("is offline"));
    get(NGINX).expect(409);
    assertThat(muster.admin().get("/v1/audit?action=logs.follow").at("/entries")).isEmpty();
    assertThat(muster.server().logFeeds()).isZero();
  }

  private TestReply get(String query) {
    return muster.admin().get("/api/agents/" + device.id() + "/stream/logs?" + query);
  }
}
