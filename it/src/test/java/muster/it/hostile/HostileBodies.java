package muster.it.hostile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import muster.http.Route;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.ThrowingConsumer;

/// Good bodies of every route, to be spoiled and sent.
abstract class HostileBodies {
  static final String REGISTER = "/v1/agent/register";
  static final String CLAIM = "/api/devices/pair/claim";

  /// What machines say of themselves: a null is an absent field there, text is cleaned and not
  /// refused, and unknown fields are those of agents of tomorrow.
  static final Set<String> OF_MACHINES = Set.of(REGISTER, CLAIM, "/api/agents/{id}/report");

  static TestMuster muster;
  static Samples samples;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    samples = new Samples(muster);
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// Routes that read a body; their sample is good. Agentbot's page fixes its texts, which name no
  /// field: AgentbotTest spoils its body.
  static Stream<DynamicTest> eachRoute(ThrowingConsumer<Route> test) {
    return muster.server().routes().stream()
        .filter(route -> !route.dialect().name().equals("agentbot"))
        .filter(route -> !route.streamsBody() && samples.body(route).isPresent())
        .map(route ->
            DynamicTest.dynamicTest(
                route.method() + " " + route.path(),
                () -> {
                  // Registrations are counted by the minute, log-ins by their failures.
                  muster.clock().advance(Duration.ofMinutes(6));
                  test.accept(route);
                }));
  }

  static ObjectNode body(Route route) {
    return samples.body(route).orElseThrow();
  }

  static TestReply send(Route route, String body) {
    return send(route, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  static TestReply send(Route route, byte[] body, Map<String, String> headers) {
    if (route.path().equals(REGISTER)) {
      muster.clock().advance(Duration.ofSeconds(1));
    }
    if (Set.of("/api/login", CLAIM).contains(route.path())) {
      muster.clock().advance(Duration.ofSeconds(61));
    }
    TestClient client = Samples.isForPeople(route) ? muster.admin() : samples.reporter();
    return client.sendBytes(route.method().name(), samples.path(route), Optional.of(body), headers);
  }

  /// Whether the body was good; of a route that needs a machine, good but for the machine's key.
  static boolean isTaken(Route route, TestReply reply) {
    return Samples.needsAMachine(route)
        ? reply.status() == 400 && Answers.message(reply).startsWith("ssh_key: \"missing\"")
        : reply.status() <= 202;
  }

  /// Snippbot has a status of its own for it.
  static int wrongField(Route route) {
    return route.path().matches("/api/(device|webhooks).*") ? 422 : 400;
  }

  /// The body's text with one field's value replaced by raw JSON.
  static String with(ObjectNode body, String field, String raw) {
    return body.put(field, "@RAW@").toString().replace("\"@RAW@\"", raw);
  }
}
