package muster.it.agentbot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import muster.it.page.Shape;
import muster.it.page.Shell;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page's own commands, run by a shell and the real curl, and its examples. Only host and id
/// are put in; the credential, which the page keeps to itself, stands in a `.curlrc`.
class AgentbotPageTest {
  private static final String LISTS =
      """
      {
        "pending": [
          {
            "id": "dev_pending_1",
            "name": "iPhone 15 Pro — Atlas Mobile",
            "ip": "86.23.104.12",
            "firstSeen": "2026-03-27T14:22:00Z",
            "lastSeen": "2026-03-27T15:30:00Z",
            "status": "pending"
          }
        ],
        "approved": [
          {
            "id": "dev_approved_1",
            "name": "Docker Container — agentbot-prod",
            "ip": "10.0.1.42",
            "firstSeen": "2026-03-25T09:00:00Z",
            "lastSeen": "2026-03-27T15:29:00Z",
            "status": "approved"
          }
        ]
      }
      """;

  private static final String APPROVE =
      """
      curl -X POST https://agentbot.raveculture.xyz/api/devices \\
        -H "Content-Type: application/json" \\
        -d '{
          "deviceId": "dev_pending_1",
          "action": "approve"
        }'
      """;

  private static final String REVOKE =
      """
      curl -X POST https://agentbot.raveculture.xyz/api/devices \\
        -H "Content-Type: application/json" \\
        -d '{
          "deviceId": "dev_approved_1",
          "action": "revoke"
        }'
      """;

  /// Of the answer; the device of the lists stands for those of `{ ... }`.
  private static final String DONE =
      """
      {
        "success": true,
        "device": {
          "id": "dev_pending_1",
          "name": "iPhone 15 Pro — Atlas Mobile",
          "ip": "86.23.104.12",
          "firstSeen": "2026-03-27T14:22:00Z",
          "lastSeen": "2026-03-27T15:35:00Z",
          "status": "approved"
        },
        "pending": [],
        "approved": [%s]
      }
      """;

  private static final String DEVICE =
      """
      {"id": "d", "name": "n", "ip": "i", "firstSeen": "2026-03-27T14:22:00Z",
       "lastSeen": "2026-03-27T15:35:00Z", "status": "approved"}
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestMuster muster;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    muster = TestMuster.start();
  }

  @AfterAll
  static void stop() {
    muster.close();
  }

  private JsonNode curl(String command, FakeDevice device) throws Exception {
    Shell.assumeInstalled("curl");
    Files.writeString(
        directory.resolve(".curlrc"),
        "silent\nshow-error\nheader = \"Authorization: Bearer %s\"\n".formatted(muster.adminKey()));
    Shell.Ended ended =
        Shell.run(
            command
                .replace("https://agentbot.raveculture.xyz", muster.url().toString())
                .replaceAll("dev_(pending|approved)_1", device.id()),
            directory,
            Map.of("CURL_HOME", directory.toString()));
    assertThat(ended.status()).as(ended.output()).isZero();
    return JSON.readTree(ended.output());
  }

  @Test
  @Tag("F140")
  @Tag("F141")
  @Tag("F142")
  @Tag("F143")
  @Tag("F144")
  @Tag("F146")
  void page_listApproveRevoke() throws Exception {
    FakeDevice device = muster.pair("iPhone 15 Pro — Atlas Mobile");
    FakeDevice container = muster.enroll("Docker Container — agentbot-prod");
    JsonNode lists = muster.admin().get("/api/devices?view=grouped").expect(200).json();
    Shape.requireLike(LISTS, lists);
    assertThat(lists.at("/pending/0/name").asText()).isEqualTo("iPhone 15 Pro — Atlas Mobile");

    JsonNode approved = curl(APPROVE, device);
    Shape.requireLike(DONE.formatted(DEVICE), approved);
    assertThat(approved.at("/device/status").asText()).isEqualTo("approved");
    assertThat(approved.findPath("approved").findValuesAsText("id"))
        .containsExactlyInAnyOrder(device.id(), container.id());

    JsonNode revoked = curl(REVOKE, device);
    Shape.requireLike(DONE.formatted(DEVICE), revoked);
    assertThat(revoked.at("/device/status").asText()).isEqualTo("revoked");
    assertThat(revoked.findPath("approved").findValuesAsText("id"))
        .isEqualTo(List.of(container.id()));
  }
}
