package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.RpcError;
import muster.wire.ToolStatus;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Running a tool and waiting for it, the executions, and the queue (F041–F044, F047–F049).
class SnippbotExecuteTest {
  private static final Map<String, Object> UPTIME =
      Map.of("tool", "bash", "args", Map.of("command", "uptime && df -h"), "timeout", 60);

  private static TestMuster muster;

  private FakeDevice device;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  @BeforeEach
  void enroll() {
    device = muster.enroll("build-server");
  }

  @AfterEach
  void close() {
    device.close();
  }

  private String path(String what) {
    return "/api/devices/" + device.id() + "/" + what;
  }

  private CompletableFuture<TestReply> execute(Map<String, ?> body) {
    return CompletableFuture.supplyAsync(
        () -> muster.admin().post(path("execute"), body), task -> Thread.ofVirtual().start(task));
  }

  private String queued() {
    return muster.admin().post(path("execute"), UPTIME).expect(202).text("execution_id");
  }

  private void awaitOffline() {
    Awaitility.await()
        .until(() -> !muster.admin().get("/api/devices/" + device.id()).at("online").asBoolean());
  }

  private static List<String> ids(JsonNode list, String key) {
    List<String> ids = new ArrayList<>();
    list.forEach(item -> ids.add(item.path(key).asText()));
    return ids;
  }

  @Test
  @Tag("F041")
  @Tag("F042")
  void execute_onlineDevice_answersWithTheResult() {
    device.connect();
    CompletableFuture<TestReply> waiting = execute(UPTIME);
    FakeDevice.Delivery delivery = device.nextExecute();
    assertThat(delivery.execute().args().string("command")).isEqualTo("uptime && df -h");
    assertThat(delivery.execute().timeoutSeconds()).isEqualTo(60);
    device.complete(delivery, "14:32:01 up 5 days\n");
    TestReply reply = waiting.join().expect(200);
    List<String> keys = new ArrayList<>();
    reply.json().fieldNames().forEachRemaining(keys::add);
    assertThat(keys.subList(0, 7))
        .containsExactly(
            "execution_id", "device_id", "tool", "status", "output", "error", "duration_ms");
    assertThat(reply.text("execution_id")).isEqualTo(delivery.executionId());
    assertThat(reply.text("device_id")).isEqualTo(device.id());
    assertThat(reply.text("status")).isEqualTo("completed");
    assertThat(reply.text("output")).isEqualTo("14:32:01 up 5 days\n");
    assertThat(reply.at("error").isNull()).isTrue();
    assertThat(reply.at("duration_ms").asLong()).isEqualTo(12);
    assertThat(keys).doesNotContain("waiting_for");
  }

  @ParameterizedTest
  @Tag("F042")
  @CsvSource({
    "COMPLETED, 0, completed",
    "COMPLETED, 3, failed",
    "FAILED, 1, failed",
    "TIMED_OUT, 1, timeout",
    "CANCELLED, 1, cancelled"
  })
  void end_isSaidInThePagesWords(ToolStatus end, int exitCode, String word) {
    device.connect();
    CompletableFuture<TestReply> waiting = execute(UPTIME);
    FakeDevice.Delivery delivery = device.nextExecute();
    device.started(delivery);
    device.result(delivery.executionId(), end, exitCode);
    TestReply reply = waiting.join().expect(200);
    assertThat(reply.text("status")).isEqualTo(word);
    assertThat(reply.at("exit_code").asInt()).isEqualTo(exitCode);
    if (exitCode == 3) {
      assertThat(reply.text("error")).isEqualTo("exit code 3");
    }
  }

  @Test
  @Tag("F041")
  void execute_offlineDevice_isQueuedAndSaysSo_orRefused() {
    TestReply queued = muster.admin().post(path("execute"), UPTIME).expect(202);
    assertThat(queued.text("status")).isEqualTo("queued");
    assertThat(queued.text("waiting_for")).isEqualTo("device");
    Map<String, Object> now = new HashMap<>(UPTIME);
    now.put("queue", false);
    TestReply refused = muster.admin().post(path("execute"), now).expect(409);
    assertThat(refused.text("message")).isEqualTo("device " + device.id() + " is offline");
    device.connect();
    assertThat(device.nextExecute().executionId()).isEqualTo(queued.text("execution_id"));
  }

  @Test
  @Tag("F043")
  void execute_thatOutlastsTheWait_answersWithWhatThereIs() {
    device.connect();
    Map<String, Object> brief = new HashMap<>(UPTIME);
    brief.put("timeout", 1);
    CompletableFuture<TestReply> waiting = execute(brief);
    FakeDevice.Delivery delivery = device.nextExecute();
    device.started(delivery);
    device.output(delivery.executionId(), 1, "so far");
    TestReply reply = waiting.join().expect(202);
    assertThat(reply.text("status")).isEqualTo("running");
    assertThat(reply.text("waiting_for")).isEqualTo("result");
    assertThat(reply.text("output")).isEqualTo("so far");
  }

  @Test
  @Tag("F043")
  void execute_withRespondAsync_doesNotWait() {
    device.connect();
    TestReply reply =
        muster
            .admin()
            .send(
                "POST",
                path("execute"),
                Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"true\"}}"),
                Map.of("Prefer", "respond-async"))
            .expect(202);
    assertThat(reply.text("waiting_for")).isEqualTo("result");
  }

  @ParameterizedTest
  @Tag("F043")
  @CsvSource({"0", "-1", "3601", "1.5", "\"60\""})
  void timeout_thatIsNone_is422(String timeout) {
    TestReply reply =
        muster
            .admin()
            .post(
                path("execute"),
                "{\"tool\":\"bash\",\"args\":{\"command\":\"x\"},\"timeout\":%s}"
                    .formatted(timeout))
            .expect(422);
    assertThat(reply.text("message")).startsWith("timeout: ");
  }

  @Test
  @Tag("F041")
  void execute_toolTheDeviceLacks_is422() {
    device.connect();
    TestReply reply =
        muster
            .admin()
            .post(path("execute"), Map.of("tool", "juggle", "args", Map.of()))
            .expect(422);
    assertThat(reply.text("error")).isEqualTo("validation_error");
    assertThat(reply.text("message")).contains("juggle");
  }

  @Test
  @Tag("F041")
  void execute_sameIdempotencyKey_isOneExecution() {
    Map<String, String> key = Map.of("Idempotency-Key", "once");
    Optional<String> body = Optional.of("{\"tool\":\"bash\",\"args\":{\"command\":\"true\"}}");
    TestClient admin = muster.admin();
    String first = admin.send("POST", path("execute"), body, key).expect(202).text("execution_id");
    String second = admin.send("POST", path("execute"), body, key).expect(202).text("execution_id");
    assertThat(second).isEqualTo(first);
  }

  @Test
  @Tag("F044")
  void executions_areListedNewestFirst_andWhatTheyPrintedIsNotForViewers() {
    device.connect();
    for (int i = 0; i < 3; i++) {
      CompletableFuture<TestReply> waiting = execute(UPTIME);
      device.complete("run " + i);
      waiting.join().expect(200);
    }
    TestReply all = muster.admin().get(path("executions")).expect(200);
    assertThat(all.at("total").asInt()).isEqualTo(3);
    assertThat(ids(all.at("executions"), "output")).containsExactly("run 2", "run 1", "run 0");
    TestReply page = muster.admin().get(path("executions?limit=1&offset=1")).expect(200);
    assertThat(ids(page.at("executions"), "output")).containsExactly("run 1");
    assertThat(page.at("total").asInt()).isEqualTo(3);
    TestReply viewed = muster.withRole("viewer").get(path("executions")).expect(200);
    assertThat(viewed.at("executions")).hasSize(3);
    assertThat(viewed.body()).doesNotContain("run ", "uptime");
  }

  @Test
  @Tag("F044")
  void executions_errorsQuoteArguments_soTheyAreNotForViewersEither() {
    device.connect();
    CompletableFuture<TestReply> waiting = execute(UPTIME);
    device.refuse(device.nextExecute(), RpcError.DENIED, "/etc/shadow: permission denied");
    waiting.join().expect(200);
    String list = path("executions");
    assertThat(muster.admin().get(list).text("/executions/0/error")).contains("/etc/shadow");
    TestReply viewed = muster.withRole("viewer").get(list).expect(200);
    assertThat(viewed.at("/executions/0/error").isNull()).isTrue();
    assertThat(viewed.body()).doesNotContain("shadow");
  }

  @Test
  @Tag("F044")
  void executions_listMuchOutput_asItsBeginning() {
    device.connect();
    CompletableFuture<TestReply> waiting = execute(UPTIME);
    FakeDevice.Delivery delivery = device.nextExecute();
    device.started(delivery);
    for (int seq = 1; seq <= 100; seq++) {
      device.output(delivery.executionId(), seq, "x".repeat(15_000));
    }
    device.result(delivery.executionId(), ToolStatus.COMPLETED, 0);
    TestReply whole = waiting.join().expect(200);
    assertThat(whole.text("output")).hasSize(1 << 20);
    assertThat(whole.at("truncated").asBoolean()).isTrue();
    TestReply listed = muster.admin().get(path("executions")).expect(200);
    assertThat(listed.text("/executions/0/output")).hasSize(16 << 10);
    assertThat(listed.at("/executions/0/truncated").asBoolean()).isTrue();
  }

  @Test
  @Tag("F041")
  void execute_takesArgumentsAsLargeAsATool() {
    Map<String, Object> large =
        Map.of("tool", "bash", "args", Map.of("command", "echo " + "x".repeat(300_000)));
    muster.admin().post(path("execute"), large).expect(202);
    muster
        .admin()
        .post(
            path("execute"), Map.of("tool", "bash", "args", Map.of("command", "x".repeat(600_000))))
        .expect(413);
  }

  @Test
  @Tag("F041")
  void execute_wrongArguments_areToldBeforeTheDeviceIsLookedAt() {
    TestReply reply =
        muster
            .admin()
            .post(
                "/api/devices/execute",
                Map.of("tool", "read_file", "args", Map.of("file", "/etc/hosts")))
            .expect(422);
    assertThat(reply.text("error")).isEqualTo("validation_error");
  }

  @Test
  @Tag("F047")
  void queue_showsWhatWaits_inItsOrder() {
    String first = queued();
    String second = queued();
    TestReply queue = muster.admin().get(path("queue")).expect(200);
    assertThat(queue.text("device_id")).isEqualTo(device.id());
    assertThat(ids(queue.at("commands"), "command_id")).containsExactly(first, second);
    assertThat(queue.at("/commands/1/position").asInt()).isEqualTo(2);
    assertThat(queue.at("/commands/0/status").asText()).isEqualTo("queued");
    device.connect();
    device.nextExecute();
    assertThat(muster.admin().get(path("queue")).at("/commands/0/status").asText())
        .isEqualTo("sent");
  }

  @Test
  @Tag("F048")
  void queue_cleared_leavesWhatWasSent() {
    device.connect();
    CompletableFuture<TestReply> sent = execute(UPTIME);
    FakeDevice.Delivery delivery = device.nextExecute();
    device.started(delivery);
    device.close();
    awaitOffline();
    String first = queued();
    String second = queued();
    assertThat(muster.admin().delete(path("queue")).expect(200).at("cleared").asInt()).isEqualTo(2);
    assertThat(muster.admin().get(path("queue")).at("total").asInt()).isZero();
    for (String id : List.of(first, second)) {
      assertThat(muster.admin().get("/v1/commands/" + id).text("status")).isEqualTo("cancelled");
    }
    device.connect(List.of(FakeDevice.running(delivery.executionId())));
    device.result(delivery.executionId(), ToolStatus.COMPLETED, 0);
    assertThat(sent.join().text("status")).isEqualTo("completed");
  }

  @Test
  @Tag("F049")
  void queuedCommand_isCancelledByItsDevice_untilItIsSent() {
    String id = queued();
    FakeDevice other = muster.enroll("other");
    muster.admin().delete("/api/devices/" + other.id() + "/queue/" + id).expect(404);
    TestReply cancelled = muster.admin().delete(path("queue/" + id)).expect(200);
    assertThat(cancelled.text("command_id")).isEqualTo(id);
    assertThat(cancelled.text("status")).isEqualTo("cancelled");
    muster.admin().delete(path("queue/" + id)).expect(409);
    muster.admin().delete(path("queue/exec_none")).expect(404);
    String sent = queued();
    device.connect();
    device.nextExecute();
    muster.admin().delete(path("queue/" + sent)).expect(409);
  }
}
