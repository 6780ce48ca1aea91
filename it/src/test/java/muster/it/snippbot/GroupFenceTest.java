package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestReply;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Groups and their executions for callers who may not see or do all of it, or not any more.
class GroupFenceTest extends GroupStory {
  private FakeDevice inside(String called) {
    FakeDevice device = member(called);
    muster
        .admin()
        .patch("/v1/devices/" + device.id(), Map.of("tags", List.of("fence")))
        .expect(200);
    return device;
  }

  private static TestClient fenced() {
    return muster.withKey(Map.of("name", "fenced", "role", "operator", "scope", "tag:fence"));
  }

  @Test
  @Tag("F059")
  void fencedKey_countsAndPagesWhatItSees() {
    List<String> seen = Stream.of("a", "b", "c").map(name -> inside(name).id()).sorted().toList();
    for (int i = 0; i < 4; i++) {
      member("outside" + i);
    }
    String path = GROUPS + "/" + group;
    TestReply all = fenced().get(path).expect(200);
    assertThat(all.at("device_count").asInt()).isEqualTo(3);
    assertThat(all.at("members").findValuesAsText("id")).isEqualTo(seen);
    TestReply second = fenced().get(path + "?limit=2&offset=2").expect(200);
    assertThat(second.at("members").findValuesAsText("id")).isEqualTo(seen.subList(2, 3));
    assertThat(fenced().get(GROUPS).expect(200).body()).contains("\"device_count\":3");
  }

  @Test
  @Tag("F063")
  void fencedKey_seesItsOwnDevicesPartOfOthersExecution() {
    FakeDevice inside = inside("inside");
    FakeDevice outside = member("outside");
    TestReply reply = muster.admin().post(GROUPS + "/" + group + "/execute", UPDATE).expect(409);
    assertThat(reply.text("reason")).isEqualTo("no_online_members");

    inside.connect();
    outside.connect();
    String begun = begin(muster.admin());
    TestReply seen = fenced().get(begun).expect(200);
    assertThat(seen.at("results").findValuesAsText("device_id")).containsExactly(inside.id());
    assertThat(seen.at("total").asInt()).isEqualTo(1);
  }

  /// Begins on one device after the other.
  private String begin(TestClient caller) {
    String begun =
        caller
            .send(
                "POST",
                GROUPS + "/" + group + "/execute",
                Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"true\"},\"parallel\":1}"),
                Map.of("Prefer", "respond-async"))
            .expect(202)
            .text("execution_id");
    return GROUPS + "/" + group + "/executions/" + begun;
  }

  @Test
  @Tag("F063")
  void requesterWhoLosesTheRight_isToldAndStartsNothingMore() throws Exception {
    FakeDevice one = member("one").connect();
    FakeDevice two = member("two").connect();
    TestReply key =
        muster
            .admin()
            .post("/api/auth/keys", Map.of("name", "leaver", "role", "operator"))
            .expect(201);
    TestClient leaver = muster.client(key.text("key"));
    Map<String, Object> body = new HashMap<>(UPDATE);
    body.put("parallel", 1);
    CompletableFuture<TestReply> waiting =
        CompletableFuture.supplyAsync(
            () -> leaver.post(GROUPS + "/" + group + "/execute", body),
            task -> Thread.ofVirtual().start(task));
    FakeDevice working =
        Awaitility.await()
            .until(
                () ->
                    Stream.of(one, two)
                        .filter(device -> device.pollExecute(Duration.ofMillis(50)).isPresent())
                        .findFirst(),
                Optional::isPresent)
            .orElseThrow();
    muster.admin().delete("/api/auth/keys/" + key.text("id")).expect(204);

    waiting.get(60, TimeUnit.SECONDS).expect(401);
    FakeDevice other = working == one ? two : one;
    assertThat(other.pollExecute(Duration.ofMillis(500))).isEmpty();
  }
}
