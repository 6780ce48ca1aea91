package muster.it.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import muster.testkit.RawHttp2;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// HTTP/2 connections that cost the server more than their client (trust 39): each is ended, and
/// others are served meanwhile.
class Http2FloodsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int WINDOW = 65_535;
  private static final int BATCH = 100;
  private static final int MOST = 20_000;

  private static TestMuster muster;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private static RawHttp2 connected() {
    return RawHttp2.to(muster, WINDOW);
  }

  private static BiConsumer<RawHttp2, Integer> each(BiConsumer<RawHttp2, Integer> add) {
    return add;
  }

  static Stream<Arguments> floods() {
    byte[] five = {0, 0, 0, 0, 16};
    byte[] header = RawHttp2.get("/healthz", "none");
    byte[] more = {0x10, 1, 'a', 1, 'b'};
    return Stream.of(
        Arguments.of(
            "requests given up at once",
            each((http2, i) -> http2.addGet(2 * i + 1, "/healthz", "none").addReset(2 * i + 1))),
        Arguments.of("pings", each((http2, i) -> http2.addPing())),
        Arguments.of("settings", each((http2, i) -> http2.addSettings())),
        Arguments.of(
            "priorities", each((http2, i) -> http2.add(RawHttp2.PRIORITY, 0, 2 * i + 1, five))),
        Arguments.of("unknown frames", each((http2, i) -> http2.add(0xbe, 0, 0, new byte[4]))),
        Arguments.of(
            "headers that never end",
            each((http2, i) ->
                http2.add(
                    i == 0 ? RawHttp2.HEADERS : RawHttp2.CONTINUATION,
                    0,
                    1,
                    i == 0 ? header : more))),
        Arguments.of(
            "headers that never end, in large parts",
            each((http2, i) ->
                http2.add(
                    i == 0 ? RawHttp2.HEADERS : RawHttp2.CONTINUATION,
                    0,
                    1,
                    i == 0 ? header : large()))),
        Arguments.of(
            "empty data",
            each((http2, i) ->
                http2.add(
                    i == 0 ? RawHttp2.HEADERS : RawHttp2.DATA,
                    i == 0 ? RawHttp2.END_HEADERS : 0,
                    1,
                    i == 0 ? RawHttp2.get("/healthz", "none") : new byte[0]))));
  }

  /// 2,000 headers of one character, 10,000 bytes.
  private static byte[] large() {
    byte[] block = new byte[10_000];
    for (int i = 0; i < block.length; i += 5) {
      System.arraycopy(new byte[] {0x10, 1, 'a', 1, 'b'}, 0, block, i, 5);
    }
    return block;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("floods")
  void flood_endsTheConnection(String what, BiConsumer<RawHttp2, Integer> add) {
    try (RawHttp2 http2 = connected()) {
      int sent = 0;
      boolean open = true;
      while (open && sent < MOST) {
        for (int i = 0; i < BATCH; i++) {
          add.accept(http2, sent++);
        }
        open = http2.flush();
      }
      RawHttp2.End end = http2.awaitEnd(PATIENCE);
      assertThat(end.closed()).as("%s: %s after %d", what, end, sent).isTrue();
      muster.admin().get("/api/me").expect(200);
    }
  }

  @Test
  @DisplayName("a client that works does not come near the bounds")
  void busyClient_isServed() {
    try (RawHttp2 http2 = connected().addWindow(0, 10_000_000)) {
      for (int i = 0; i < 400; i++) {
        int stream = 2 * i + 1;
        http2.addPing().addGet(stream, "/api/me", muster.adminKey());
        assertThat(http2.flush()).isTrue();
        assertThat(endOf(http2, stream)).isTrue();
      }
    }
  }

  private static boolean endOf(RawHttp2 http2, int stream) {
    while (true) {
      Optional<RawHttp2.Frame> frame = http2.next();
      if (frame.isEmpty() || frame.get().type() == RawHttp2.GOAWAY) {
        return false;
      }
      if (frame.get().stream() == stream && (frame.get().flags() & RawHttp2.END_STREAM) != 0) {
        return true;
      }
    }
  }

  @Test
  @DisplayName("who takes no byte of its answers is ended, and holds a bounded number of them")
  void stalledWindow_isEnded() {
    List<RawHttp2> stalled = IntStream.range(0, 5).mapToObj(i -> RawHttp2.to(muster, 0)).toList();
    try {
      for (RawHttp2 http2 : stalled) {
        for (int i = 0; i < 200; i++) {
          http2.addGet(2 * i + 1, "/install/agent.jar", "none");
        }
        assertThat(http2.flush()).isTrue();
      }
      muster.admin().get("/api/me").expect(200);
      for (RawHttp2 http2 : stalled) {
        RawHttp2.End end = http2.awaitEnd(Duration.ofSeconds(25));
        assertThat(end.goAway().isPresent() || end.closed()).as("%s", end).isTrue();
      }
      muster.admin().get("/api/me").expect(200);
    } finally {
      stalled.forEach(RawHttp2::close);
    }
  }
}
