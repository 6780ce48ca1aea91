package muster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The server, by HTTP. Paths are those of docs/api.md. Safe for use by several threads.
///
/// Fails with [ApiException] when the server says no and with [Failure] when it cannot be reached
/// ([Exit#UNREACHABLE]) or the calling thread was interrupted ([Exit#CANCELLED]).
final class Api {
  /// The most the server gives in one page.
  private static final int PAGE = 1000;

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration PREPARING = Duration.ofHours(1);
  private static final Duration SENDING = Duration.ofDays(1);
  private static final Duration ANSWER = Duration.ofSeconds(60);

  private final Connection connection;
  private final HttpClient client;

  Api(Connection connection) {
    this.connection = connection;
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
    tls(connection).ifPresent(builder::sslContext);
    this.client = builder.build();
  }

  /// Empty for the default. The client makes that one for http too, which takes a fifth of a second
  /// for reading all authorities: http gets one that trusts nobody.
  private static Optional<SSLContext> tls(Connection connection) {
    if (connection.server().getScheme().equalsIgnoreCase("http")) {
      return Optional.of(PinnedTrust.context());
    }
    return connection.caPin().map(pin -> PinnedTrust.context(new PinnedTrust(pin)));
  }

  URI server() {
    return connection.server();
  }

  JsonNode get(String path) {
    return json(send(request(path).GET().build()));
  }

  /// An answer in another form than JSON.
  String text(String path, String mediaType) {
    HttpRequest request = request(path).header("Accept", mediaType).GET().build();
    return new String(send(request).body(), StandardCharsets.UTF_8);
  }

  JsonNode post(String path, JsonNode body) {
    return json(send(with(body, request(path), "POST").build()));
  }

  /// A POST whose answer may take `patience`.
  JsonNode postAndWait(String path, JsonNode body, Duration patience) {
    return json(send(with(body, request(path), "POST").timeout(patience).build()));
  }

  /// A POST that may be sent twice: the server answers the second like the first.
  JsonNode postOnce(String path, JsonNode body, String idempotencyKey) {
    return once(with(body, request(path), "POST"), idempotencyKey);
  }

  /// As [#postOnce]; the answer does not wait for what it sets off (RFC 7240, section 4.1).
  JsonNode beginOnce(String path, JsonNode body, String idempotencyKey) {
    return once(
        with(body, request(path), "POST").header("Prefer", "respond-async"), idempotencyKey);
  }

  private JsonNode once(HttpRequest.Builder builder, String idempotencyKey) {
    HttpRequest request = builder.header("Idempotency-Key", idempotencyKey).build();
    try {
      return json(accepted(attempt(request, BodyHandlers.ofByteArray())));
    } catch (InterruptedIOException e) {
      throw unreachable(e);
    } catch (IOException lostOnTheWay) {
      return json(send(request));
    }
  }

  JsonNode patch(String path, JsonNode body) {
    return json(send(with(body, request(path), "PATCH").build()));
  }

  void delete(String path) {
    send(request(path).DELETE().build());
  }

  /// A list, page by page when it is long.
  ///
  /// @param items the name of the array in the answer
  /// @param limit at most so many; without it, what the server gives to a request without a limit
  /// @return the server's object, with `next_cursor` when there is more
  ObjectNode list(String path, Query query, String items, @Nullable Integer limit) {
    if (limit != null && limit < 1) {
      throw new Failure(Exit.USAGE, "--limit: " + limit + " (expected: 1 or more)");
    }
    if (limit == null) {
      return object(get(path + query));
    }
    ObjectNode whole = page(path, query, Math.min(limit, PAGE), null);
    ArrayNode all = whole.withArray(items);
    while (all.size() < limit && whole.hasNonNull("next_cursor")) {
      String cursor = Json.text(whole, "next_cursor");
      ObjectNode next = page(path, query, Math.min(limit - all.size(), PAGE), cursor);
      all.addAll(next.withArray(items));
      whole.remove("next_cursor");
      if (next.hasNonNull("next_cursor")) {
        whole.set("next_cursor", next.get("next_cursor"));
      }
    }
    return whole;
  }

  private ObjectNode page(String path, Query query, int limit, @Nullable String cursor) {
    return object(get(path + new Query(query).add("limit", limit).add("cursor", cursor)));
  }

  /// Opens a stream of server-sent events after the one of that id; empty is the beginning.
  InputStream events(String path, String lastId) throws IOException {
    HttpRequest.Builder request = request(path).header("Accept", "text/event-stream").GET();
    if (!lastId.isEmpty()) {
      request.header("Last-Event-ID", lastId);
    }
    return accepted(request.build());
  }

  /// Opens a WebSocket, showing who we are.
  RemoteStream socket(String path) throws IOException {
    URI http = connection.server();
    String scheme = http.getScheme().equalsIgnoreCase("https") ? "wss" : "ws";
    URI uri = URI.create(scheme + http.toString().substring(http.getScheme().length()) + path);
    WebSocket.Builder builder =
        client
            .newWebSocketBuilder()
            .connectTimeout(CONNECT)
            .header("User-Agent", "muster-cli/" + Muster.version());
    connection.token().ifPresent(token -> builder.header("Authorization", "Bearer " + token));
    return RemoteStream.open(listener -> builder.buildAsync(uri, listener));
  }

  /// Asks for a file and gives its bytes as they come.
  InputStream open(String path) throws IOException {
    return accepted(request(path).GET().build());
  }

  private InputStream accepted(HttpRequest request) throws IOException {
    HttpResponse<InputStream> response = attempt(request, BodyHandlers.ofInputStream());
    if (response.statusCode() == 200) {
      return response.body();
    }
    try (InputStream body = response.body()) {
      throw refused(response, body.readNBytes(1 << 16));
    }
  }

  /// Asks for a file, by POST, and gives its bytes as they come; the server may think about it for
  /// long.
  InputStream download(String path) {
    HttpRequest request = request(path).timeout(PREPARING).POST(BodyPublishers.noBody()).build();
    try {
      return accepted(request);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /// Sends a file by PUT, for as long as that takes.
  ///
  /// @param size -1 when it is not known
  JsonNode upload(String path, Supplier<InputStream> content, long size) {
    HttpRequest.BodyPublisher body = BodyPublishers.ofInputStream(content);
    HttpRequest request =
        request(path)
            .timeout(SENDING)
            .header("Content-Type", "application/octet-stream")
            .PUT(size > 0 ? BodyPublishers.fromPublisher(body, size) : body)
            .build();
    return json(send(request));
  }

  /// The bytes of a file from `offset` on, as they come.
  InputStream content(String path, long offset) throws IOException {
    HttpRequest request = request(path).header("Range", "bytes=" + offset + "-").GET().build();
    HttpResponse<InputStream> response = attempt(request, BodyHandlers.ofInputStream());
    if (response.statusCode() == 206) {
      return response.body();
    }
    try (InputStream body = response.body()) {
      throw refused(response, body.readNBytes(1 << 16));
    }
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(connection.server() + path))
            .timeout(ANSWER)
            .header("User-Agent", "muster-cli/" + Muster.version());
    connection.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    return request;
  }

  private static HttpRequest.Builder with(
      JsonNode body, HttpRequest.Builder request, String method) {
    return request
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofString(Json.write(body)));
  }

  private HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return accepted(attempt(request, BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private HttpResponse<byte[]> accepted(HttpResponse<byte[]> response) {
    if (response.statusCode() / 100 != 2) {
      throw refused(response, response.body());
    }
    return response;
  }

  private <T> HttpResponse<T> attempt(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return client.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  /// What a broken connection means to the operator.
  Failure unreachable(IOException e) {
    if (e instanceof InterruptedIOException) {
      return new Failure(Exit.CANCELLED, "interrupted", e);
    }
    String why =
        switch (e) {
          case HttpTimeoutException late -> "no answer in time";
          case SSLException tls -> tls(tls);
          case ConnectException refused
              when refused.getCause() instanceof ConnectException cause
                  && cause.getCause() instanceof UnresolvedAddressException ->
              "no such host";
          case ConnectException refused ->
              "nothing listens there; is the server running (./muster up)?";
          default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    return new Failure(Exit.UNREACHABLE, "cannot reach " + connection.server() + ": " + why, e);
  }

  private String tls(SSLException e) {
    String what = e.getMessage() == null ? "" : e.getMessage();
    return connection.caPin().isPresent()
        ? "its certificate does not fit the pinned CA (" + what + ")"
        : "its certificate is not trusted (" + what + "); for a CA of its own give --ca-pin";
  }

  private JsonNode json(HttpResponse<byte[]> response) {
    if (response.body().length == 0) {
      return Json.object();
    }
    try {
      return Json.read(response.body());
    } catch (IOException e) {
      throw notMuster(e);
    }
  }

  private ObjectNode object(JsonNode answer) {
    if (answer instanceof ObjectNode object) {
      return object;
    }
    throw notMuster(null);
  }

  private Failure notMuster(@Nullable Throwable cause) {
    String message = connection.server() + " does not answer like a Muster server";
    return cause == null
        ? new Failure(Exit.FAILURE, message)
        : new Failure(Exit.FAILURE, message, cause);
  }

  private ApiException refused(HttpResponse<?> response, byte[] body) {
    int status = response.statusCode();
    StringBuilder message = new StringBuilder(sentence(status, body));
    switch (status) {
      case 401 -> message.append("; log in with: muster login");
      case 429, 503 ->
          response
              .headers()
              .firstValue("Retry-After")
              .ifPresent(seconds -> message.append("; try again in ").append(seconds).append(" s"));
      case 500 ->
          response
              .headers()
              .firstValue("X-Request-Id")
              .ifPresent(id -> message.append(" (").append(id).append(" in the server's log)"));
      default -> {}
    }
    return new ApiException(status, message.toString());
  }

  private String sentence(int status, byte[] body) {
    try {
      JsonNode error = Json.read(body);
      String field = error.has("detail") ? "detail" : error.has("message") ? "message" : "error";
      String sentence = Json.text(error, field);
      if (!sentence.isEmpty()) {
        return sentence;
      }
    } catch (JsonProcessingException notJson) {
      // Answered by something in between, or by another program: the status is all there is.
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return connection.server() + " answered HTTP " + status;
  }
}
