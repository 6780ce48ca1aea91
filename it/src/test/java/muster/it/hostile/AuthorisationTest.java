package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.http.Route;
import muster.it.hostile.Callers.Person;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Holds every route, called as everybody, against `authorisation.txt`.
class AuthorisationTest {
  private static final List<String> SOCKETS =
      List.of("/device/ws", "/v1/agent/ws", "/device/remote");

  /// For people, by their credential or a session's ticket.
  private static final String REMOTE_SOCKET = "/api/devices/{id}/remote/ws";

  private static TestMuster muster;
  private static Samples samples;
  private static Callers callers;
  private static AuthorisationTable table;

  private final List<String> wrong = new ArrayList<>();

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
  private static List<Route> routes() {
    return muster.server().routes().stream().filter(Samples::isForPeople).toList();
  }

  /// Routes that want a credential.
  private static List<Route> closed() {
    return routes().stream().filter(route -> !route.open()).toList();
  }

  private static AuthorisationTable.Line line(Route route) {
    return table.of(route);
  }

  @Test
  void table_hasEveryRouteAndNoOther() {
    List<String> names = new ArrayList<>(SOCKETS.stream().map(path -> "GET " + path).toList());
    names.add("GET " + REMOTE_SOCKET);
    muster.server().routes().forEach(route -> names.add(AuthorisationTable.name(route)));
    assertThat(table.disagreements(names)).isEmpty();
    assertThat(muster.server().routes())
        .allSatisfy(route ->
            assertThat(route.audience())
                .as(AuthorisationTable.name(route))
                .isEqualTo(
                    switch (line(route).who()) {
                      case "open" -> Route.Audience.ANYBODY;
                      case "device" -> Route.Audience.DEVICES;
                      default -> Route.Audience.PEOPLE;
                    }));
  }

  private static TestReply call(TestClient caller, Route route, String path) {
    return Request.to(route, path).sentBy(caller);
  }

  /// A good request for a route.
  private record Request(Route route, String path, Optional<String> body) {
    static Request to(Route route, String path) {
      return new Request(route, path, samples.body(route).map(ObjectNode::toString));
    }

    TestReply sentBy(TestClient caller) {
      return caller.send(route.method().name(), path, body, Map.of());
    }
  }

  private void expect(int status, TestReply reply, Object caller) {
    if (reply.status() != status) {
      wrong.add(
          "%s as %s: %d instead of %d: %s"
              .formatted(reply.request(), caller, reply.status(), status, reply.body()));
    }
  }

  private static int audited() {
    return muster.admin().get("/v1/audit?limit=1").at("/entries/0/seq").asInt();
  }

  /// Calls every closed route as those it is not for, and looks for traces.
  private void refuse(Map<?, TestClient> group, Refusal refusal, boolean named) {
    // What they name is made first, so that the state tells what the calls themselves have done.
    List<Request> requests =
        closed().stream().map(route -> Request.to(route, samples.path(route))).toList();
    samples.endSessions();
    Contents before = Contents.of(muster, "audit");
    int rows = audited();
    for (Request request : requests) {
      Route route = request.route();
      for (var caller : group.entrySet()) {
        Optional<Integer> expected = refusal.of(caller.getKey(), line(route));
        if (expected.isEmpty()) {
          continue;
        }
        TestReply reply = request.sentBy(caller.getValue());
        Answers.refusal(reply, route.path());
        expect(expected.get(), reply, caller.getKey());
        if (named && Samples.isWrite(route)) {
          rows++;
          requireDenialOnRecord(reply, caller.getValue());
        }
      }
      muster.clock().advance(Duration.ofSeconds(Samples.isWrite(route) ? 6 : 0));
    }
    assertThat(wrong).isEmpty();
    assertThat(Contents.of(muster, "audit").since(before)).isEmpty();
    assertThat(audited()).as("rows of the audit log").isEqualTo(rows);
  }

  /// The status of a refusal; empty where the route is for this caller.
  private interface Refusal {
    Optional<Integer> of(Object caller, AuthorisationTable.Line line);
  }

  private void requireDenialOnRecord(TestReply reply, TestClient caller) {
    JsonNode rows =
        muster
            .admin()
            .get("/v1/audit?outcome=denied&request_id=" + reply.header("x-request-id"))
            .expect(200)
            .at("entries");
    if (rows.size() != 1
        || !rows.path(0).path("actor_id").asText().startsWith(Callers.principal(caller))) {
      wrong.add("%s: on record as %s".formatted(reply.request(), rows));
    }
  }

  @Test
  @DisplayName("F069, F002: strangers are refused on every route but the open ones")
  void strangers_areRefused() {
    refuse(callers.strangers, (caller, line) -> Optional.of(401), false);
  }

  @Test
  @DisplayName("15: a device's token is good on the devices' sockets and nowhere else")
  void devices_areRefused() {
    refuse(callers.devices, (caller, line) -> Optional.of(403), true);
  }

  @Test
  @DisplayName("45, F077: a role below the route's is refused")
  void lowerRoles_areRefused() {
    refuse(callers.people, (caller, line) -> tooLow(caller, line), true);
  }

  @Test
  @DisplayName("45: a fenced key is refused below the route's role, and what is not about devices")
  void fencedKeys_areRefused() {
    refuse(
        callers.inside,
        (caller, line) -> line.scope().equals("none") ? Optional.of(403) : tooLow(caller, line),
        true);
  }

  private static Optional<Integer> tooLow(Object caller, AuthorisationTable.Line line) {
    return line.allows(((Person) caller).role()) ? Optional.empty() : Optional.of(403);
  }

  @Test
  @DisplayName("1, F075: what lies outside the fence is refused like what is not there")
  void outsideTheFence_isLikeUnknown() {
    refuse(
        callers.elsewhere,
        (caller, line) ->
            switch (line.scope()) {
              case "none" -> Optional.of(403);
              case "one" -> tooLow(caller, line).or(() -> Optional.of(404));
              default -> tooLow(caller, line);
            },
        true);
    for (Route route : closed()) {
      if (!line(route).scope().equals("one")) {
        continue;
      }
      String path = samples.path(route);
      String id = id(route, path);
      String unknown = id.substring(0, id.indexOf('_') + 1) + "0".repeat(16);
      callers.elsewhere.forEach((person, client) -> {
        TestReply outside = call(client, route, path);
        TestReply nothing = call(client, route, path.replace(id, unknown));
        assertThat(shape(outside, id)).as(person + " " + path).isEqualTo(shape(nothing, unknown));
      });
      muster.clock().advance(Duration.ofMinutes(1));
    }
  }

  private static String id(Route route, String path) {
    String[] pattern = route.path().split("/");
    int device = List.of(pattern).indexOf("{device}");
    if (device >= 0) {
      return path.split("/")[device];
    }
    for (int i = 0; i < pattern.length; i++) {
      if (pattern[i].startsWith("{")) {
        return path.split("/")[i];
      }
    }
    throw new AssertionError(route.path() + " names nothing, and has the scope `one`");
  }

  /// All of an answer but what differs between any two.
  private static Map<String, Object> shape(TestReply reply, String id) {
    Map<String, Object> shape = new TreeMap<>(reply.headers().map());
    shape.remove("x-request-id");
    shape.remove("date");
    shape.remove("content-length"); // request ids differ in length
    shape.put("status", reply.status());
    shape.put(
        "body", reply.body().replace(id, "ID").replace(reply.header("x-request-id"), "REQUEST"));
    return shape;
  }

  @Test
  @DisplayName("F002: who has the right is let in on every route")
  void theEntitled_areLetIn() {
    for (Route route : routes()) {
      AuthorisationTable.Line line = line(route);
      // Reads of what is there; writes to what is not, so that they hit nobody.
      String path =
          Samples.isWrite(route) && !route.path().contains("{tool}")
              ? Samples.filled(route.path(), "dev_0000000000000000")
              : samples.path(route);
      Map<String, TestClient> entitled = new LinkedHashMap<>();
      if (line.who().equals("open")) {
        entitled.putAll(callers.all());
      } else {
        callers.people.forEach((person, client) -> {
          // Sessions that log out are gone for the next test; AuditOfWritesTest does that.
          boolean leaves = line.action().equals("logout") && person.name().endsWith("session");
          if (line.allows(person.role()) && !leaves) {
            entitled.put(person.name(), client);
          }
        });
      }
      entitled.forEach((caller, client) -> {
        samples.prepare(route, client);
        TestReply reply = Answers.sane(call(client, route, path));
        if (reply.status() >= 300) {
          boolean missing = Samples.isWrite(route) && Samples.namesSomething(route);
          expect(missing ? 404 : 200, reply, caller);
        }
      });
      muster.clock().advance(Duration.ofMinutes(1));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F002: within its fence a key does what its role may")
  void insideTheFence_everythingWorks() {
    for (Route route : closed()) {
      AuthorisationTable.Line line = line(route);
      callers.inside.forEach((person, client) -> {
        if (line.allows(person.role()) && !line.scope().equals("none")) {
          TestReply reply = Answers.sane(call(client, route, samples.path(route)));
          if (reply.status() >= 300) {
            expect(200, reply, person);
          }
        }
      });
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("7, F002: lists and counts never include what lies outside the fence")
  void lists_showWhatLiesInside() {
    for (Route route : closed()) {
      AuthorisationTable.Line line = line(route);
      if (!line.scope().equals("some")) {
        continue;
      }
      for (Person person : callers.inside.keySet()) {
        if (line.allows(person.role())) {
          assertThat(listed(callers.inside.get(person), route)).as(route.path()).isPositive();
        }
      }
      for (Person person : callers.elsewhere.keySet()) {
        if (line.allows(person.role())) {
          assertThat(listed(callers.elsewhere.get(person), route)).as(route.path()).isZero();
          String body = call(callers.elsewhere.get(person), route, route.path()).body();
          assertThat(body).doesNotContain(samples.machine().id());
        }
      }
    }
  }

  /// How many devices, or things of devices, the answer lists or counts.
  private static int listed(TestClient client, Route route) {
    JsonNode answer = call(client, route, route.path()).expect(200).json();
    return answer.path("devices").isNumber()
        ? answer.path("devices").asInt()
        : answer.path(answer.has("devices") ? "devices" : "commands").size();
  }

  @Test
  @DisplayName("F002, 15: the sockets of devices take devices' tokens only")
  void sockets_takeDevicesOnly() {
    for (String path : SOCKETS) {
      callers
          .all()
          .forEach((caller, client) -> {
            TestReply reply = Answers.refusal(client.get(path), path);
            // Let in, the device is told that this is no WebSocket handshake.
            expect(callers.devices.containsKey(caller) ? 400 : 401, reply, caller);
          });
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F002, 15: what is for devices takes devices' tokens only, for what is their own")
  void devicesRoutes_takeDevicesOnly() {
    for (Route route : muster.server().routes()) {
      if (!Samples.isForPeople(route)) {
        String path = samples.path(route);
        callers
            .all()
            .forEach((caller, client) ->
                expect(
                    callers.devices.containsKey(caller) ? 404 : 401,
                    Answers.refusal(
                        client.send(
                            route.method().name(),
                            path + "?offset=0&size=1",
                            Optional.of("{\"status\":\"failed\"}"),
                            Map.of()),
                        route.path()),
                    caller));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F051: the socket of a session takes its ticket, or who began it")
  void remoteSocket_takesWhoBeganTheSession() {
    String path = samples.remoteSocket();
    callers.strangers.forEach(
        (caller, client) -> expect(401, Answers.refusal(client.get(path), path), caller));
    callers.devices.forEach(
        (caller, client) -> expect(403, Answers.refusal(client.get(path), path), caller));
    for (Map<Person, TestClient> group :
        List.of(callers.people, callers.inside, callers.elsewhere)) {
      group.forEach((person, client) -> {
        boolean mayHaveSessions = List.of("admin", "owner").contains(person.role());
        // None of them began this one.
        TestReply reply = Answers.refusal(client.get(path), path);
        expect(mayHaveSessions ? 404 : 403, reply, person);
      });
    }
    samples.endSessions();
    assertThat(wrong).isEmpty();
  }

  @Test
  @DisplayName("F002: the scheme's name may be in any case, and other schemes are none")
  void scheme_inAnyCase() {
    String key = muster.adminKey();
    for (String good : List.of("Bearer " + key, "bearer " + key, "BEARER   " + key + " ")) {
      assertThat(me(good).status()).as(good.substring(0, 8)).isEqualTo(200);
    }
    for (String bad : List.of(key, "Basic " + key, "Bearer", "Bearer ", "Bearer " + key + " x")) {
      TestReply reply = Answers.refusal(me(bad), "/api/me");
      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.header("www-authenticate")).isEqualTo("Bearer");
      assertThat(reply.body()).doesNotContain(key);
    }
  }

  private static TestReply me(String authorization) {
    return muster
        .anonymous()
        .send("GET", "/api/me", Optional.empty(), Map.of("Authorization", authorization));
  }
}
