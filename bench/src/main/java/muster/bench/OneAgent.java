package muster.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import muster.auth.Token;

/// A server and one real agent, each a process of its own, and the API to them.
final class OneAgent implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String key = Token.random(Token.Kind.KEY).text();
  private final int port = Programs.freePort();
  private final Programs programs;
  private final Process server;
  private final Process agent;
  private final String device;

  private OneAgent(Path work) throws Exception {
    programs = new Programs(work);
    server = programs.bareServer(Map.of("MUSTER_ADMIN_KEY", key), port, work.resolve("data"));
    String token = call("POST", "/v1/devices/enrollment", "{}").path("token").asText();
    agent =
        programs.main(
            "agent",
            List.of("-Xmx32m", "-XX:+UseSerialGC"),
            Map.of("MUSTER_ENROLL_TOKEN", token),
            "muster.agent.Main",
            List.of(
                "run", "--state", work.resolve("agent").toString(), "--server", url().toString()));
    device = online();
  }

  /// Returns when the agent is online.
  static OneAgent start(Path work) throws Exception {
    return new OneAgent(work);
  }

  private String online() throws Exception {
    while (true) {
      JsonNode found = call("GET", "/v1/devices?status=online", "").at("/devices/0/id");
      if (!found.isMissingNode()) {
        return found.asText();
      }
      Thread.sleep(100);
    }
  }

  String device() {
    return device;
  }

  HttpClient http() {
    return http;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  String bearer() {
    return "Bearer " + key;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path)).header("Authorization", bearer());
  }

  JsonNode call(String method, String path, String body) throws Exception {
    return sent(
        request(path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body))
            .build());
  }

  JsonNode sent(HttpRequest request) throws Exception {
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  long serverMebibytes() {
    return Programs.residentMebibytes(server);
  }

  long agentMebibytes() {
    return Programs.residentMebibytes(agent);
  }

  @Override
  public void close() {
    programs.close();
  }
}
