package muster.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import muster.wire.ExecutionReply;
import muster.wire.ExecutionState;
import muster.wire.HelloReply;
import muster.wire.KnownExecution;

/// Short words for stories of commands.
final class Scenario {
  static final Map<String, Object> TRUE =
      Map.of("tool", "bash", "args", Map.of("argv", List.of("true")));

  private final TestMuster muster;

  Scenario(TestMuster muster) {
    this.muster = muster;
  }

  static TestReply post(TestClient client, FakeDevice device, Map<String, ?> body) {
    return client.post("/v1/devices/" + device.id() + "/commands", body);
  }

  String submit(FakeDevice device) {
    return post(muster.admin(), device, TRUE).expect(201).text("id");
  }

  /// With `timeout_seconds` and `ttl_seconds` of its own.
  String submit(FakeDevice device, int timeout, int timeToLive) {
    Map<String, Object> body = new HashMap<>(TRUE);
    body.put("timeout_seconds", timeout);
    body.put("ttl_seconds", timeToLive);
    return post(muster.admin(), device, body).expect(201).text("id");
  }

  TestReply get(String id) {
    return muster.admin().get("/v1/commands/" + id).expect(200);
  }

  TestReply cancel(String id) {
    return muster.admin().post("/v1/commands/" + id + "/cancel", Map.of());
  }

  String status(String id) {
    return get(id).text("status");
  }

  TestReply awaitStatus(String id, String status) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(status(id)).isEqualTo(status));
    return get(id);
  }

  /// The next delivery, which must be of that command.
  static FakeDevice.Delivery next(FakeDevice device, String id) {
    FakeDevice.Delivery delivery = device.nextExecute();
    assertThat(delivery.executionId()).isEqualTo(id);
    return delivery;
  }

  /// Has the device confirm the next delivery and waits until the server knows.
  FakeDevice.Delivery run(FakeDevice device, String id) {
    FakeDevice.Delivery delivery = next(device, id);
    device.started(delivery);
    awaitStatus(id, "running");
    return delivery;
  }

  /// Connects, naming what runs; what the server says about each.
  static Map<String, ExecutionReply> connectNaming(FakeDevice device, String... running) {
    try {
      device.open();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
    List<KnownExecution> known =
        List.of(running).stream()
            .map(id -> new KnownExecution(id, 1, ExecutionState.RUNNING))
            .toList();
    HelloReply reply = device.hello(known);
    Map<String, ExecutionReply> answers = new HashMap<>();
    reply.executions().forEach(answer -> answers.put(answer.executionId(), answer));
    return answers;
  }

  /// Waits until the server has noticed that the device is gone.
  void awaitGone(FakeDevice device, String sentCommand) {
    awaitStatus(sentCommand, "queued");
    assertThat(device.isOpen()).isFalse();
  }

  /// Nothing was delivered: a command submitted now would come next.
  void requireNothingWaiting(FakeDevice device) {
    String marker = submit(device);
    FakeDevice.Delivery delivery = next(device, marker);
    device.refuse(delivery, -32001, "only a marker");
    awaitStatus(marker, "failed");
    assertThat(device.pollExecute(Duration.ZERO)).isEqualTo(Optional.empty());
  }
}
