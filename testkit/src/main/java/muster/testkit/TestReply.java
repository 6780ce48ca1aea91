package muster.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/// An answer, with short ways to look into its JSON. A path in `at` is a JSON pointer
/// (`/devices/0/name`); a bare name is a field of the object.
public record TestReply(String request, int status, HttpHeaders headers, byte[] bytes) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// This reply if it has that status, else a failure that shows the body.
  public TestReply expect(int wanted) {
    if (status != wanted) {
      throw new AssertionError(
          "%s: expected %d, got %d: %s".formatted(request, wanted, status, body()));
    }
    return this;
  }

  public String body() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  public JsonNode json() {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(request + ": not JSON: " + body(), e);
    }
  }

  public JsonNode at(String path) {
    return path.startsWith("/") ? json().at(path) : json().path(path);
  }

  public String text(String path) {
    return at(path).asText();
  }

  public String header(String name) {
    return headers.firstValue(name).orElse("");
  }
}
