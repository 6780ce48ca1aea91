package muster.it.kvmfleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import muster.it.page.Shell;
import muster.testkit.FakeDevice;
import muster.testkit.TestMuster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page's own commands, run by a shell and the real curl. Only the host, the id and the token
/// are put in; what curl is told besides (to be silent and to say the status) stands in a
/// `.curlrc`.
class KvmFleetPageTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestMuster muster;

  private FakeDevice device;

  @TempDir private Path directory;

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
    Shell.assumeInstalled("curl");
    device = Fleet.enroll(muster, "DC1-R3-S7", "prod", "frankfurt").connect();
    device.health(12.3, 45.1);
    Awaitility.await().until(() -> !Fleet.device(muster, device.id()).at("/health").isNull());
  }

  /// One command of the page and what its answer must have.
  private record Example(String command, List<String> expected) {
    static Example under(String heading) throws IOException {
      try (InputStream in = KvmFleetPageTest.class.getResourceAsStream("page.txt")) {
        String page = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        List<String> lines =
            page.lines()
                .dropWhile(line -> !line.equals("## " + heading))
                .skip(1)
                .takeWhile(line -> !line.isEmpty())
                .toList();
        return new Example(
            lines.stream()
                .filter(line -> !line.startsWith("=> "))
                .collect(Collectors.joining("\n")),
            lines.stream()
                .filter(line -> line.startsWith("=> "))
                .map(line -> line.substring(3))
                .toList());
      }
    }
  }

  private record Answer(int status, String body) {
    JsonNode json() throws IOException {
      return JSON.readTree(body);
    }
  }

  /// Runs the page's command and checks the status and keys it promises.
  private Answer run(String heading, String enrollmentToken) throws Exception {
    Example example = Example.under(heading);
    assertThat(example.command()).as(heading).startsWith("curl ");
    Answer answer =
        curl(
            example
                .command()
                .replace("https://app.kvmfleet.io", muster.url().toString())
                .replace("dev_abc123", device.id())
                .replace("ekvent_...", enrollmentToken));
    for (String expected : example.expected()) {
      String[] words = expected.split(" ", -1);
      if (words.length == 1) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(Integer.parseInt(words[0]));
      } else {
        String pointer = words[0].equals("/") ? "" : words[0];
        assertThat(Fleet.keys(answer.json().at(pointer)))
            .as(expected)
            .contains(Arrays.copyOfRange(words, 1, words.length));
      }
    }
    return answer;
  }

  private Answer curl(String command) throws Exception {
    Files.writeString(
        directory.resolve(".curlrc"), "silent\nshow-error\nwrite-out = \"\\n%{http_code}\"\n");
    Shell.Ended ended =
        Shell.run(
            command,
            directory,
            Map.of("CURL_HOME", directory.toString(), "TOKEN", muster.adminKey()));
    assertThat(ended.status()).as(ended.output()).isZero();
    int lastLine = ended.output().lastIndexOf('\n');
    return new Answer(
        Integer.parseInt(ended.output().substring(lastLine + 1)),
        ended.output().substring(0, lastLine));
  }

  @Test
  @Tag("F001")
  @Tag("F002")
  @Tag("F003")
  void page_listDevices() throws Exception {
    JsonNode devices = run("List devices", "").json().get("devices");
    assertThat(devices.findValuesAsText("id")).contains(device.id());
  }

  @Test
  @Tag("F004")
  @Tag("F005")
  @Tag("F007")
  void page_listDevicesWithQueryParameters() throws Exception {
    FakeDevice offline = Fleet.enroll(muster, "DC1-R3-S9", "prod");
    JsonNode devices = run("Query parameters", "").json().get("devices");
    assertThat(devices.findValuesAsText("id")).contains(device.id()).doesNotContain(offline.id());
  }

  @Test
  @Tag("F008")
  void page_getDevice() throws Exception {
    JsonNode json = run("Get device", "").json();
    assertThat(json.get("id").asText()).isEqualTo(device.id());
    assertThat(json.at("/health/cpu_percent").asDouble()).isEqualTo(12.3);
  }

  @Test
  @Tag("F009")
  @Tag("F011")
  void page_createEnrollmentToken() throws Exception {
    JsonNode json = run("Create enrollment token", "").json();
    assertThat(json.get("token").asText()).startsWith("ekvent_");
    assertThat(json.get("install_cmd").asText())
        .isEqualTo(
            "curl -sSL %s/install | sh -s -- --token %s"
                .formatted(muster.url(), json.get("token").asText()));
  }

  @Test
  @Tag("F010")
  @Tag("F014")
  @Tag("F015")
  void page_agentRegistration() throws Exception {
    JsonNode json = run("Agent registration", muster.enrollmentToken()).json();
    assertThat(json.get("device_id").asText()).startsWith("dev_");
    assertThat(json.get("auth_token").asText()).startsWith("agt_");
    assertThat(json.get("ws_url").asText()).endsWith("/v1/agent/ws");
    Fleet.device(muster, json.get("device_id").asText());
  }

  @Test
  @Tag("F018")
  void page_updateDevice() throws Exception {
    JsonNode json = run("Update device", "").json();
    assertThat(json.get("name").asText()).isEqualTo("DC1-R3-S8");
    assertThat(json.get("tags").toString()).isEqualTo("[\"munich\",\"prod\"]");
  }

  @Test
  @Tag("F019")
  void page_deleteDevice() throws Exception {
    assertThat(run("Delete device", "").body()).isEmpty();
    muster.admin().get("/v1/devices/" + device.id()).expect(404);
  }
}
