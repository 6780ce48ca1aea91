package muster.it.hostile;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import muster.http.Route;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Good requests with a few random things wrong. The seed is printed; `-Dmuster.seed=…` repeats a
/// run.
class MutationTest {
  private static final int REQUESTS = 2_000;

  private static final List<String> TOKENS =
      List.of(
          "null",
          "true",
          "-1",
          "1e400",
          "\"\"",
          "[]",
          "{}",
          "[",
          "}",
          "\\u0000",
          "\\ud800",
          ",",
          ":",
          "\"",
          "\\",
          "99999999999999999999",
          "%00",
          "\u00e9",
          "\ud83d\ude00",
          "NaN");

  private static final List<String> QUERY =
      List.of(
          "limit=",
          "cursor=",
          "filter=",
          "order_by=",
          "status=",
          "tag=",
          "search=",
          "device=",
          "since=",
          "until=",
          "actor=",
          "action=",
          "target=",
          "from_seq=",
          "token=");

  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "-1",
          "x",
          "%00",
          "%FF",
          "name:*a*",
          "NOT%20(",
          "2026-01-01T00:00:00Z",
          "%27",
          "a,b",
          "*",
          "%22",
          "+",
          "name%20ASC",
          "",
          "9223372036854775808",
          "%F0%9F%98%80");

  private static TestMuster muster;
  private static Samples samples;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    samples = new Samples(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @Test
  void anyMutation_isAnsweredSanely() {
    long seed = Long.getLong("muster.seed", System.nanoTime());
    System.out.println("MutationTest: -Dmuster.seed=" + seed);
    Random random = new Random(seed);
    // What a mutation makes go on for as long as the client likes would never be answered.
    List<Route> routes =
        muster.server().routes().stream().filter(route -> !Samples.isEndless(route)).toList();
    for (int i = 0; i < REQUESTS; i++) {
      Route route = routes.get(random.nextInt(routes.size()));
      if (route.path().equals("/api/login") || route.path().endsWith("agent/register")) {
        muster.clock().advance(Duration.ofMinutes(6)); // or all there is to see is 429
      }
      send(route, random);
    }
    muster.admin().get("/v1/devices").expect(200);
    muster.admin().get("/v1/audit/verify").expect(200);
  }

  private static void send(Route route, Random random) {
    String path = mutatedPath(samples.path(route), random);
    Optional<byte[]> body =
        samples
            .body(route)
            .map(json -> mutated(json.toString().getBytes(StandardCharsets.UTF_8), random));
    TestReply reply = muster.admin().sendBytes(route.method().name(), path, body, Map.of());
    Answers.sane(reply);
    if (reply.status() >= 400) {
      Answers.refusal(reply, path);
    }
  }

  private static String mutatedPath(String path, Random random) {
    StringBuilder out = new StringBuilder(path);
    if (random.nextInt(4) == 0) {
      int at = 1 + random.nextInt(path.length());
      out.insert(at, pick(List.of("%2F", "%00", "x", "%FF", "%20", "%0a", "~"), random));
    }
    char separator = '?';
    for (int i = random.nextInt(3); i > 0; i--) {
      out.append(separator).append(pick(QUERY, random)).append(pick(VALUES, random));
      separator = '&';
    }
    return out.toString();
  }

  private static byte[] mutated(byte[] body, Random random) {
    List<Byte> bytes = new ArrayList<>();
    for (byte each : body) {
      bytes.add(each);
    }
    for (int i = random.nextInt(4); i > 0 && !bytes.isEmpty(); i--) {
      int at = random.nextInt(bytes.size());
      switch (random.nextInt(5)) {
        case 0 -> bytes.set(at, (byte) random.nextInt(256));
        case 1 -> bytes.remove(at);
        case 2 -> bytes.add(at, (byte) random.nextInt(256));
        case 3 -> {
          for (byte each : pick(TOKENS, random).getBytes(StandardCharsets.UTF_8)) {
            bytes.add(at++, each);
          }
        }
        default -> replaceValue(bytes, at, pick(TOKENS, random));
      }
    }
    byte[] out = new byte[bytes.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = bytes.get(i);
    }
    return out;
  }

  /// Puts `token` where the value behind the next colon is, so that the JSON mostly stays JSON.
  private static void replaceValue(List<Byte> bytes, int from, String token) {
    int colon = from;
    while (colon < bytes.size() && bytes.get(colon) != ':') {
      colon++;
    }
    int end = colon + 1;
    while (end < bytes.size() && bytes.get(end) != ',' && bytes.get(end) != '}') {
      end++;
    }
    if (end < bytes.size()) {
      bytes.subList(colon + 1, end).clear();
      int at = colon + 1;
      for (byte each : token.getBytes(StandardCharsets.UTF_8)) {
        bytes.add(at++, each);
      }
    }
  }

  private static String pick(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }
}
