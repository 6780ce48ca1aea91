package muster.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.TestClient;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What devices send waits behind nobody: heartbeats, results and commands of others stay on time
/// while strangers, a key and one device ask for more than they get.
class StarvationTest {
  private static final int DEVICES = 20;
  private static final Duration FOR = Duration.ofSeconds(10);

  @Test
  @DisplayName(
      "F085: under a flood of requests and output, heartbeats are on time and commands run")
  void flood_holdsUpNoDevice() throws Exception {
    try (TestMuster muster = TestMuster.start(config -> config.withLimits(Limits.defaults()));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<FakeDevice> devices = new ArrayList<>();
      for (int i = 0; i < DEVICES; i++) {
        devices.add(muster.enroll("calm-" + i).connect());
      }
      FakeDevice chatty = muster.enroll("chatty").connect();
      TestClient viewer = muster.withRole("viewer");
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger refused = new AtomicInteger();
      for (int i = 0; i < 8; i++) {
        String token = i % 2 == 0 ? viewer.token() : "mk_nobody_" + i;
        threads.execute(() -> hammer(muster.url(), token, over, refused));
      }
      String loud = command(muster, chatty);
      FakeDevice.Delivery delivery = chatty.nextExecute();
      chatty.started(delivery);
      threads.execute(() -> pour(chatty, loud, over));

      Instant began = Instant.now();
      int commands = 0;
      while (Duration.between(began, Instant.now()).compareTo(FOR) < 0) {
        devices.forEach(device -> device.health(1.0, 2.0));
        FakeDevice one = devices.get(commands % DEVICES);
        String id = command(muster, one);
        one.complete("done\n");
        await()
            .untilAsserted(() ->
                assertThat(muster.admin().get("/v1/commands/" + id).text("status"))
                    .isEqualTo("completed"));
        commands++;
        assertThat(online(muster)).isEqualTo(DEVICES + 1);
      }
      over.set(true);
      assertThat(commands).isGreaterThan(5);
      assertThat(refused).hasValueGreaterThan(100);
      assertThat(devices).allMatch(FakeDevice::isOpen);
      assertThat(chatty.isOpen()).isTrue();
      for (FakeDevice device : devices) {
        Instant seen =
            Instant.parse(muster.admin().get("/v1/devices/" + device.id()).text("last_seen"));
        assertThat(seen).isAfter(Instant.now().minusSeconds(5));
      }
    }
  }

  private static String command(TestMuster muster, FakeDevice device) {
    return muster
        .admin()
        .post(
            "/v1/devices/" + device.id() + "/commands",
            Map.of("tool", "bash", "args", Map.of("command", "true")))
        .expect(201)
        .text("id");
  }

  private static long online(TestMuster muster) {
    return muster.admin().get("/v1/devices?status=online").expect(200).at("devices").size();
  }

  private static void hammer(URI server, String token, AtomicBoolean over, AtomicInteger refused) {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(server.resolve("/v1/devices"))
              .header("Authorization", "Bearer " + token)
              .build();
      while (!over.get()) {
        if (client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 429) {
          refused.incrementAndGet();
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// As much as the connection takes, a little ahead of it.
  private static void pour(FakeDevice device, String execution, AtomicBoolean over) {
    String text = "y\n".repeat(4000);
    long seq = 1;
    while (!over.get()) {
      for (int i = 0; i < 200; i++) {
        device.output(execution, seq++, text);
      }
      device.awaitSent();
    }
  }
}
