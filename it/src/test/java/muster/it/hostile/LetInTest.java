package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import muster.http.Route;
import muster.it.hostile.Callers.Person;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// Calls every route as those it is for, as `authorisation.txt` says.
class LetInTest extends Authorisation {
  @Test
  @DisplayName("F002: who has the right is let in on every route")
  void theEntitled_areLetIn() {
    for (Route route : routes()) {
      AuthorisationTable.Line line = line(route);
      // Reads of what is there; writes to what is not, so that they hit nobody.
      String path =
          Samples.isWrite(route) && !route.path().contains("{tool}")
              ? samples.pathToNothing(route)
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
        if (route.path().equals(Samples.DEPLOY)) {
          expect(400, reply, caller); // let in, and told of the key that is not there
        } else if (Samples.needsAMachine(route) && !Samples.isWrite(route)) {
          expect(409, reply, caller); // let in, and told that the device is away
        } else if (reply.status() >= 300) {
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
            expect(Samples.needsAMachine(route) ? 409 : 200, reply, person);
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
      if (route.kind() == Route.Kind.STREAM) {
        showsWhatLiesInside(route);
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

  private void showsWhatLiesInside(Route route) {
    String path = samples.path(route);
    String machine = samples.machine().id();
    callers
        .inside
        .values()
        .forEach(inside -> {
          assertThat(call(inside, route, path).expect(200).body()).contains(machine);
        });
    callers
        .elsewhere
        .values()
        .forEach(elsewhere -> {
          assertThat(call(elsewhere, route, path).expect(200).body()).doesNotContain(machine);
        });
  }

  /// How many devices, or things of devices, the answer lists or counts.
  private static int listed(TestClient client, Route route) {
    JsonNode answer = call(client, route, route.path()).expect(200).json();
    if (answer.isArray()) {
      return answer.size();
    }
    return answer.path("devices").isNumber()
        ? answer.path("devices").asInt()
        : answer.path(answer.has("devices") ? "devices" : "commands").size();
  }
}
