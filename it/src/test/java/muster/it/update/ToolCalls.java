package muster.it.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import muster.testkit.TestMuster;
import muster.testkit.TestReply;

/// Calls of tools on one device, and what the device said of them.
record ToolCalls(TestMuster muster, String device) {
  private static final Duration WITHIN = Duration.ofSeconds(180);
  private static final ObjectMapper JSON = new ObjectMapper();

  /// The id of the command.
  String submit(String tool, Map<String, ?> args) {
    return muster
        .admin()
        .post("/v1/devices/" + device + "/commands", Map.of("tool", tool, "args", args))
        .expect(201)
        .text("id");
  }

  TestReply ended(String id) {
    return await()
        .atMost(WITHIN)
        .until(
            () -> muster.admin().get("/v1/commands/" + id).expect(200),
            reply -> !List.of("queued", "sent", "running").contains(reply.text("status")));
  }

  /// What the device said last of an installation that has ended.
  JsonNode outcome(String id) {
    TestReply command = ended(id);
    JsonNode last = last(id);
    assertThat(command.text("status"))
        .as(command.body() + last)
        .isEqualTo(last.path("outcome").asText().equals("failed") ? "failed" : "completed");
    return last;
  }

  /// The last line of a command's output.
  JsonNode last(String id) {
    String events =
        muster.admin().get("/v1/commands/" + id + "/output?follow=false").expect(200).body();
    StringBuilder text = new StringBuilder();
    for (String line : events.split("\n")) {
      if (line.startsWith("data:")) {
        text.append(json(line.substring(5)).path("data").asText());
      }
    }
    String[] lines = text.toString().split("\n");
    return json(lines[lines.length - 1]);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }
}
