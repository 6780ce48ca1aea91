package muster.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Answers as docs/api.md says a Muster server does, by script: each route has a queue of answers,
/// of which the last one stays. Everything asked is recorded.
final class FakeServer implements AutoCloseable {

  /// @param target path and query
  record Request(String method, String target, Map<String, List<String>> headers, String body) {
    @Nullable String header(String name) {
      List<String> values = headers.get(name);
      return values == null ? null : values.getFirst();
    }

    JsonNode json() {
      try {
        return Json.read(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  interface Answer {
    void to(HttpExchange exchange) throws Exception;
  }

  private final HttpServer http;
  private final Map<String, Deque<Answer>> routes = new ConcurrentHashMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();

  FakeServer() {
    this(null);
  }

  FakeServer(@Nullable SSLContext tls) {
    try {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      if (tls == null) {
        http = HttpServer.create(address, 0);
      } else {
        HttpsServer https = HttpsServer.create(address, 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        http = https;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/", this::answer);
    http.start();
  }

  String url() {
    return (http instanceof HttpsServer ? "https" : "http")
        + "://127.0.0.1:"
        + http.getAddress().getPort();
  }

  /// @param route method and path, as in `GET /v1/devices`, or with the query where it matters
  FakeServer on(String route, Answer... answers) {
    routes.computeIfAbsent(route, r -> new ArrayDeque<>()).addAll(List.of(answers));
    return this;
  }

  FakeServer on(String route, String json) {
    return on(route, json(200, json));
  }

  static Answer json(int status, String json) {
    return exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.getResponseHeaders().set("X-Request-Id", "req_1");
      byte[] body = json.getBytes(UTF_8);
      exchange.sendResponseHeaders(status, status == 204 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    };
  }

  static Answer error(int status, String detail) {
    return json(
        status,
        Json.object()
            .put("detail", detail)
            .put("error", "some_code")
            .put("request_id", "req_1")
            .toString());
  }

  /// Server-sent events, and a proper end.
  static Answer events(String... events) {
    return exchange -> write(exchange, events);
  }

  /// Server-sent events, and then the connection breaks.
  static Answer cutAfter(String... events) {
    return exchange -> {
      write(exchange, events);
      throw new IOException("cut");
    };
  }

  static void write(HttpExchange exchange, String... events) throws IOException {
    if (exchange.getResponseCode() < 0) {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
    }
    OutputStream body = exchange.getResponseBody();
    for (String event : events) {
      body.write(event.getBytes(UTF_8));
    }
    body.flush();
  }

  static String output(int seq, String stream, String data) {
    return chunk(seq, Json.object().put("seq", seq).put("stream", stream).put("data", data));
  }

  static String chunk(int seq, JsonNode data) {
    return "id: " + seq + "\nevent: output\ndata: " + data + "\n\n";
  }

  static String status(String json) {
    return "event: status\ndata: " + json + "\n\n";
  }

  private void answer(HttpExchange exchange) {
    try {
      String target = exchange.getRequestURI().toString();
      String method = exchange.getRequestMethod();
      requests.add(
          new Request(
              method,
              target,
              exchange.getRequestHeaders(),
              new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
      next(method + " " + target, method + " " + exchange.getRequestURI().getRawPath())
          .to(exchange);
      exchange.getResponseBody().close();
    } catch (Exception cut) {
      // The script wants the connection broken, or the client is gone.
    } finally {
      exchange.close();
    }
  }

  private Answer next(String withQuery, String path) {
    Deque<Answer> answers = routes.getOrDefault(withQuery, routes.get(path));
    if (answers == null) {
      return error(404, "nothing at " + withQuery);
    }
    synchronized (answers) {
      return answers.size() > 1 ? answers.removeFirst() : answers.getFirst();
    }
  }

  Request only(String method, String path) {
    List<Request> found = all(method, path);
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " of " + method + " " + path + " in " + requests);
    }
    return found.getFirst();
  }

  List<Request> all(String method, String path) {
    return requests.stream()
        .filter(r -> r.method().equals(method) && r.target().split("\\?", 2)[0].equals(path))
        .toList();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
