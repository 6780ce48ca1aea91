package muster.it.hostile;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpMethod;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;

/// A good request for every route, to be spoiled by the tests: what its path names is there, and
/// its body is right.
final class Samples {
  static final String PAIR = "/api/devices/pair";

  static final String DEPLOY = "/api/agents/deploy";

  private final SampleThings things;
  private final SamplePaths paths;
  private final SampleBodies bodies;

  Samples(TestMuster muster) {
    things = new SampleThings(muster);
    paths = new SamplePaths(things);
    bodies = new SampleBodies(things);
  }

  /// With the tags that the samples' own bodies keep.
  FakeDevice tagged(FakeDevice device) {
    return things.tagged(device);
  }

  /// The device that paths name.
  FakeDevice machine() {
    return things.machine;
  }

  /// The route's path with things that are there.
  String path(Route route) {
    return paths.of(route);
  }

  /// The route's path with things that are not there.
  String pathToNothing(Route route) {
    return paths.ofNothing(route);
  }

  /// A body that the route takes; absent for routes that read none.
  Optional<ObjectNode> body(Route route) {
    return bodies.of(route);
  }

  /// The socket of a session that the administrator has begun, without its ticket.
  String remoteSocket() {
    return things.remoteSocket();
  }

  /// Ends what was begun; it would end by itself some time, and put that on record.
  void endSessions() {
    things.endSessions();
  }

  /// The device that the paths of reports name.
  TestClient reporter() {
    return things.reporter.http();
  }

  /// Waits until nothing is under way on the device that works: what it ends changes the store.
  void awaitIdle() {
    things.awaitIdle();
  }

  /// The route's path with `id` for what it names.
  static String filled(String path, String id) {
    return path.replaceAll("\\{[a-z]+}", id) + (path.endsWith("/files") ? "?path=/opt/sample" : "");
  }

  /// Whether it is for people; what is for devices has tests of its own.
  static boolean isForPeople(Route route) {
    return route.audience() != Route.Audience.DEVICES;
  }

  /// Whether it succeeds only with another machine; it has tests of its own for that.
  static boolean needsAMachine(Route route) {
    return route.path().equals(DEPLOY) || route.path().equals("/api/agents/{id}/files");
  }

  /// Whether its answer goes on for as long as the caller likes, but for what the path says.
  static boolean isEndless(Route route) {
    return route.path().equals("/v1/events") || route.path().matches(".*/stream/(logs|metrics)");
  }

  static boolean namesSomething(Route route) {
    return route.path().contains("{");
  }

  /// Makes what the route shows of the caller's own.
  void prepare(Route route, TestClient caller) {
    if (route.path().equals(PAIR + "/qr")) {
      caller.post(PAIR, Map.of()).expect(200);
    }
  }

  /// Also what fetches a file from a device, by whichever method.
  static boolean isWrite(Route route) {
    return route.method() != HttpMethod.GET
        && !route.path().equals("/v1/binaries/{binary}/content");
  }

  /// Whether it is a piece of a deed that is on record with its beginning and its end.
  static boolean isPartOfADeed(Route route) {
    return route.method() == HttpMethod.PUT && route.path().equals("/v1/uploads/{upload}");
  }
}
