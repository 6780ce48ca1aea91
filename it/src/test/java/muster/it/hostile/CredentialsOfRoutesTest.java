package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.http.Route;
import muster.it.hostile.Callers.Person;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Which kind of credential the sockets and the routes of devices take, and how it is shown.
class CredentialsOfRoutesTest extends Authorisation {
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
      boolean named = Samples.namesSomething(route) && !route.path().endsWith("/report");
      if (!Samples.isForPeople(route) && named) {
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
  @DisplayName("F128: a report is taken from the device itself only")
  void report_isTakenFromTheDeviceItselfOnly() {
    Route report =
        muster.server().routes().stream()
            .filter(route -> route.path().endsWith("/report"))
            .findAny()
            .orElseThrow();
    String path = Samples.filled(report.path(), samples.machine().id());
    callers
        .all()
        .forEach((caller, client) -> {
          TestReply reply = Answers.sane(client.post(path, Map.of("cpu_percent", 1)));
          int wanted =
              caller.equals("the device itself")
                  ? 200
                  : callers.devices.containsKey(caller) ? 403 : 401;
          expect(wanted, reply, caller);
        });
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
