package muster.it.hostile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/// A server, everybody who may call it, and what `authorisation.txt` says of its routes.
abstract class Authorisation {
  static final List<String> SOCKETS =
      List.of("/device/ws", "/v1/agent/ws", "/api/agent/ws", "/device/remote");

  /// For people, by their credential or a session's ticket.
  static final String REMOTE_SOCKET = "/api/devices/{id}/remote/ws";

  /// For people, whose rights hold for what they subscribe to: `FleetdSocketsTest`.
  static final List<String> FLEET_SOCKETS = List.of("/ws/devices", "/ws/metrics");

  static TestMuster muster;
  static Samples samples;
  static Callers callers;
  static AuthorisationTable table;

  final List<String> wrong = new ArrayList<>();

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
    samples = new Samples(muster);
    // What the fenced keys can see: the samples' own bodies keep these tags.
    samples.tagged(samples.machine());
    callers = new Callers(muster, samples.machine());
    table = AuthorisationTable.read();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  /// Nothing is left of other tests that time alone would change; and everybody's refused writes,
  /// of which ten a minute are recorded, are recorded again.
  @BeforeEach
  void settle() {
    muster.clock().advance(Duration.ofMinutes(31));
    Awaitility.await()
        .until(() ->
            muster.admin().get("/v1/commands?status=queued").expect(200).at("commands").isEmpty());
  }

  /// Those that are not for devices.
  static List<Route> routes() {
    return muster.server().routes().stream().filter(Samples::isForPeople).toList();
  }

  /// Routes that want a credential.
  static List<Route> closed() {
    return routes().stream().filter(route -> !route.open()).toList();
  }

  static AuthorisationTable.Line line(Route route) {
    return table.of(route);
  }

  static TestReply call(TestClient caller, Route route, String path) {
    return Request.to(route, path).sentBy(caller);
  }

  /// A good request for a route.
  record Request(Route route, String path, Optional<String> body) {
    static Request to(Route route, String path) {
      return new Request(route, path, samples.body(route).map(ObjectNode::toString));
    }

    TestReply sentBy(TestClient caller) {
      return caller.send(route.method().name(), path, body, Map.of());
    }
  }

  void expect(int status, TestReply reply, Object caller) {
    if (reply.status() != status) {
      wrong.add(
          "%s as %s: %d instead of %d: %s"
              .formatted(reply.request(), caller, reply.status(), status, reply.body()));
    }
  }
}
