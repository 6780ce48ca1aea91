package muster.it.snippbot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import muster.http.Limits;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A server on which one execution may be waited for at a time.
class SnippbotImpatientClientTest {
  private static final String SLEEP =
      "{\"tool\":\"bash\",\"args\":{\"command\":\"sleep 3600\"},\"timeout\":3600}";

  @Test
  @Tag("F041")
  void execute_whoseClientHasLeft_makesRoomAndGoesOn() {
    try (TestMuster muster =
            TestMuster.start(config -> config.withLimits(new Limits(0, 0, 0, 0, 0, 1, 0, 0, 0)));
        FakeDevice device = muster.enroll("slow").connect()) {
      String url = "/api/devices/" + device.id() + "/execute";
      HttpClient impatient = HttpClient.newHttpClient();
      CompletableFuture<HttpResponse<String>> waiting =
          impatient.sendAsync(
              HttpRequest.newBuilder(muster.url().resolve(url))
                  .version(HttpClient.Version.HTTP_1_1)
                  .header("Authorization", "Bearer " + muster.adminKey())
                  .POST(HttpRequest.BodyPublishers.ofString(SLEEP))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      FakeDevice.Delivery delivery = device.nextExecute();
      device.started(delivery);
      Map<String, String> noWait = Map.of("Prefer", "respond-async");
      muster.admin().send("POST", url, Optional.of(SLEEP), noWait).expect(503);

      waiting.cancel(true);
      impatient.shutdownNow();
      Awaitility.await()
          .until(
              () -> muster.admin().send("POST", url, Optional.of(SLEEP), noWait).status() == 202);
      assertThat(muster.admin().get("/v1/commands/" + delivery.executionId()).text("status"))
          .isEqualTo("running");
    }
  }
}
