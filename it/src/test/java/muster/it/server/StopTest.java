package muster.it.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import muster.backup.DataDirectory;
import muster.server.Config;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// What people see of a server that is told to stop.
class StopTest {
  private static TestMuster patient() {
    return TestMuster.start(StopTest::patient);
  }

  private static Config patient(Config config) {
    Config.Server server = config.server();
    return config.withServer(
        new Config.Server(
            server.bind(),
            server.port(),
            server.publicUrl(),
            server.publicCertificate(),
            server.plaintext(),
            server.maxConnections(),
            server.handshakesPerSecond(),
            60,
            server.trustedProxies()));
  }

  @Test
  @DisplayName("who waits for a result is told how things stand, and need not wait to the end")
  void stop_whileSomebodyWaits_answers() throws Exception {
    try (TestMuster muster = patient();
        FakeDevice device = muster.enroll("slow").connect()) {
      CompletableFuture<TestReply> waiting =
          CompletableFuture.supplyAsync(() ->
              muster
                  .admin()
                  .post(
                      "/api/devices/" + device.id() + "/execute",
                      Map.of("tool", "bash", "args", Map.of("command", "sleep 500"))));
      device.nextExecute();
      CompletableFuture.runAsync(muster::stop).get(30, SECONDS);
      assertThat(waiting.get(60, SECONDS).expect(202).text("waiting_for")).isEqualTo("result");
    }
  }

  @Test
  @DisplayName("a request under way is finished, and those that come meanwhile are sent away")
  void stop_whileAFileComes_takesIt() throws Exception {
    try (TestMuster muster = patient();
        FakeDevice device = muster.enroll("target");
        HttpClient http = HttpClient.newHttpClient();
        PipedOutputStream file = new PipedOutputStream()) {
      PipedInputStream content = new PipedInputStream(file);
      CompletableFuture<HttpResponse<byte[]>> upload =
          http.sendAsync(
              HttpRequest.newBuilder(
                      muster.url().resolve("/v1/devices/" + device.id() + "/files?path=/tmp/stop"))
                  .header("Authorization", "Bearer " + muster.adminKey())
                  .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> content))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      file.write(new byte[10_000]);
      file.flush();
      awaitBeginning(muster);

      CompletableFuture<Void> stop = CompletableFuture.runAsync(muster::stop);
      await()
          .untilAsserted(() ->
              assertThat(muster.anonymous().get("/readyz").expect(503).body())
                  .contains("the server stops"));
      assertThat(stop).isNotDone();

      file.write(new byte[10_000]);
      file.close();
      HttpResponse<byte[]> taken = upload.get(30, SECONDS);
      TestReply reply = new TestReply("PUT", taken.statusCode(), taken.headers(), taken.body());
      stop.get(30, SECONDS);
      muster.startAgain();
      String id = reply.expect(201).text("id");
      assertThat(muster.admin().get("/v1/transfers/" + id).expect(200).at("size_bytes").asLong())
          .isEqualTo(20_000);
    }
  }

  /// Until what came of the file has reached the disk.
  private static void awaitBeginning(TestMuster muster) {
    await()
        .until(() -> {
          try (Stream<Path> files = Files.list(DataDirectory.spool(muster.data()))) {
            return files.findAny().isPresent();
          }
        });
  }
}
