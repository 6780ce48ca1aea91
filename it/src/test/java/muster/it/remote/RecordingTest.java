package muster.it.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import muster.server.Config;
import muster.testkit.RealAgent;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a terminal showed, on record.
class RecordingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  @Test
  @Tag("F051")
  @DisplayName("F051: a recording has what was shown and the window's sizes, not what was typed")
  void recording_hasWhatWasShown_notWhatWasTyped() throws Exception {
    try (TestMuster muster =
            TestMuster.start(config ->
                config
                    .withDevice(new Config.Device(1, 30, Optional.empty()))
                    .withRemote(new Config.Remote(30, true, 90)));
        RealAgent agent = RealAgent.start(muster, directory)) {
      TestReply begun = Sitting.start(muster, agent.device(), Map.of()).expect(201);
      assertThat(begun.at("/recorded").asBoolean()).isTrue();
      Sitting sitting = Sitting.at(muster, begun.text("url"), Map.of()).awaitText("ready> ");
      sitting.type("read -s word; echo len=${#word}\n");
      sitting.awaitText("len=${#word}");
      sitting.type("hunter2\n").awaitText("len=7");
      sitting.say("{\"type\":\"resize\",\"cols\":132,\"rows\":43}");
      muster.clock().advance(Duration.ofSeconds(3));
      sitting.type("printf 'gr\\303\\274\\303\\237e\\033[31m\\n'; exit\n");
      sitting.awaitClose();

      String id = begun.text("session_id");
      JsonNode listed =
          muster.admin().get("/v1/recordings?device=" + agent.device()).at("/recordings/0");
      assertThat(listed.path("id").asText()).isEqualTo(id);
      assertThat(listed.path("started_by").asText()).startsWith("key:");
      TestReply recording = muster.admin().get("/v1/recordings/" + id).expect(200);
      assertThat(recording.header("content-type")).isEqualTo("application/x-asciicast");
      List<JsonNode> lines = recording.body().lines().map(RecordingTest::json).toList();
      assertThat(lines.getFirst().path("version").asInt()).isEqualTo(2);
      assertThat(lines.getFirst().path("width").asInt()).isEqualTo(80);
      StringBuilder shown = new StringBuilder();
      double last = 0;
      for (JsonNode event : lines.subList(1, lines.size())) {
        assertThat(event.get(0).asDouble()).isGreaterThanOrEqualTo(last);
        last = event.get(0).asDouble();
        assertThat(event.get(1).asText()).isIn("o", "r");
        if (event.get(1).asText().equals("o")) {
          shown.append(event.get(2).asText());
        }
      }
      assertThat(shown).contains("ready> ", "len=7", "grüße\u001b[31m");
      assertThat(recording.body()).contains("\"r\",\"132x43\"").doesNotContain("hunter2");
      assertThat(last).isGreaterThanOrEqualTo(3);
      await()
          .until(() ->
              muster.admin().get("/v1/audit?action=recording.read").at("/entries").size() == 1);
    }
  }

  private static JsonNode json(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError(line, e);
    }
  }
}
