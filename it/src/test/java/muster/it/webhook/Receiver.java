package muster.it.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/// Somebody's server that is told of events: takes them, unless it was given other answers.
final class Receiver implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String host;
  private final HttpServer server;

  /// What came, in the order of its coming.
  final List<Came> came = new CopyOnWriteArrayList<>();

  /// What it says to the next ones.
  final Queue<Says> says = new ConcurrentLinkedQueue<>();

  /// While this is above 0, nobody gets an answer.
  volatile CountDownLatch silence = new CountDownLatch(0);

  record Says(int status, String header, String value) {
    static Says status(int status) {
      return new Says(status, "x-nothing", "");
    }
  }

  record Came(Headers headers, String body) {
    String id() {
      return headers.getFirst("webhook-id");
    }

    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  Receiver() {
    this("127.0.0.1");
  }

  /// @param host of this machine
  Receiver(String host) {
    this.host = host;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::take);
    server.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    came.add(new Came(exchange.getRequestHeaders(), body));
    try {
      silence.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Says next = says.poll();
    Says answer = next == null ? Says.status(200) : next;
    byte[] text = "thanks".getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set(answer.header(), answer.value());
    exchange.sendResponseHeaders(answer.status(), text.length);
    exchange.getResponseBody().write(text);
    exchange.close();
  }

  String url() {
    return "http://%s:%d/webhook?for=muster".formatted(host, server.getAddress().getPort());
  }

  List<Came> of(String event) {
    return came.stream().filter(one -> one.json().path("event").asText().equals(event)).toList();
  }

  @Override
  public void close() {
    silence.countDown();
    server.stop(0);
  }
}
