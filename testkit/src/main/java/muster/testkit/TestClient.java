package muster.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A small HTTP client for tests: one credential, JSON in and out.
public final class TestClient {
  static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final URI base;
  private final Optional<String> token;

  TestClient(URI base, Optional<String> token) {
    this.base = base;
    this.token = token;
  }

  /// A client of some other server.
  public static TestClient of(String url, String token) {
    return new TestClient(URI.create(url), Optional.of(token));
  }

  /// The credential this client shows.
  public String token() {
    return token.orElseThrow();
  }

  public TestReply get(String path) {
    return send("GET", path, Optional.empty(), Map.of());
  }

  public TestReply delete(String path) {
    return send("DELETE", path, Optional.empty(), Map.of());
  }

  public TestReply post(String path, Object body) {
    return send("POST", path, Optional.of(json(body)), Map.of());
  }

  public TestReply patch(String path, Object body) {
    return send("PATCH", path, Optional.of(json(body)), Map.of());
  }

  /// Any request; a body that is text is sent as it is. `Content-Type` is JSON unless given.
  public TestReply send(
      String method, String path, Optional<String> body, Map<String, String> headers) {
    return sendBytes(
        method, path, body.map(text -> text.getBytes(StandardCharsets.UTF_8)), headers);
  }

  /// As [#send], for bodies that are no text.
  public TestReply sendBytes(
      String method, String path, Optional<byte[]> body, Map<String, String> headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
    token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
    if (body.isPresent() && !headers.containsKey("Content-Type")) {
      request.header("Content-Type", "application/json");
    }
    headers.forEach(request::header);
    request.method(
        method,
        body.map(HttpRequest.BodyPublishers::ofByteArray)
            .orElseGet(HttpRequest.BodyPublishers::noBody));
    String what = method + " " + path;
    HttpResponse<byte[]> response = whole(what, request.build());
    return new TestReply(what, response.statusCode(), response.headers(), response.body());
  }

  /// The answer with all of its body; a timeout of the request itself would end with the headers.
  /// Not by `sendAsync`, whose end wants a place in the common pool: tests that wait there, on few
  /// processors, have taken it.
  private static HttpResponse<byte[]> whole(String what, HttpRequest request) {
    CompletableFuture<HttpResponse<byte[]>> answer =
        CompletableFuture.supplyAsync(() -> sent(request), Thread::startVirtualThread);
    try {
      return answer.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(what + " had no end within " + TIMEOUT, e);
    } catch (ExecutionException e) {
      throw new UncheckedIOException(new IOException(what, e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static HttpResponse<byte[]> sent(HttpRequest request) {
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// As a body that [#send] takes.
  public static String json(Object value) {
    if (value instanceof String text) {
      return text;
    }
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
