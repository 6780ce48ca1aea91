package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import muster.http.Route;
import muster.it.hostile.Callers.Person;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Calls every route as those it is not for, as `authorisation.txt` says.
class AuthorisationTest extends Authorisation {
  @Test
  void table_hasEveryRouteAndNoOther() {
    List<String> names = new ArrayList<>(SOCKETS.stream().map(path -> "GET " + path).toList());
    names.add("GET " + REMOTE_SOCKET);
    FLEET_SOCKETS.forEach(path -> names.add("GET " + path));
    muster.server().routes().forEach(route -> names.add(AuthorisationTable.name(route)));
    muster.server().rpcs().forEach(rpc -> names.add("RPC " + rpc.path()));
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
}
